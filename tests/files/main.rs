//! Every file that comes in or goes out: good ones of each dtype, hostile ones, and round trips.

mod classifier;
mod damage;
mod exports;
mod gguf;
mod good;
mod hostile;
mod make;
mod network_file;
mod onnx;
mod qsz;
mod round_trip;
mod shards;
mod sound;
mod torch;
