//! The snapshot provider as a separate process, and what the kernel says about it
