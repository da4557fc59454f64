// What the documents' fragments take for granted. They are compiled and not run, so nothing is
// defined.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <tuple>
#include <vector>

#include <ridge/ridge.hpp>

namespace docs {

using Net = ridge::Sequential<ridge::Linear<float>, ridge::ReLU, ridge::Linear<float>>;
extern Net net;
extern const ridge::Objective<ridge::CrossEntropy, ridge::L2> objective;
extern const ridge::SGD optimizer, sgd;
extern ridge::Trainer<Net, ridge::CrossEntropy, ridge::L2, ridge::SGD> trainer;

extern const ridge::Dataset<std::uint8_t, std::uint8_t> data, dataset, train, test;
extern const ridge::Matrix<float> x;
extern const ridge::RowVector<int> labels;
extern const ridge::RowVector<double> weights, sample_weights;

}  // namespace docs
