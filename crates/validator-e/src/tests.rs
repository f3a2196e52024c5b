//! Every code is provoked by one edit of a bundle that is accepted without it.

mod baseline;
mod boundaries;
mod bundle;
mod captures;
mod carriers;
mod causes;
mod counting;
mod faults;
mod opening;
mod properties;
mod raised;
mod second_run;
mod shown;
mod table;
