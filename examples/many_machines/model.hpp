#pragma once

// The library's interface: no ridge and no Eigen in it.

/// What the library was compiled for.
__attribute__((visibility("default"))) const char* instruction_set();

/// Trains a small network and returns its loss.
__attribute__((visibility("default"))) double train();
