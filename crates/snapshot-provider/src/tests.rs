mod bindings;
mod filters;
mod fixture;
mod manifests;
mod surfaces;
