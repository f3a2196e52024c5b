mod bindings;
mod faults;
mod filters;
mod fixture;
mod manifests;
mod surfaces;
