//! Statistics: the seeds' figures reproduced from facts as many as they count, and what may not change them.

mod cut_offs;
mod fixtures_intake;
mod fixtures_places;
mod fixtures_together;
mod scene;
