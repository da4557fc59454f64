// expect: ridge::SearchSpace: what a hyperparameter may be is a range: Uniform
#include <ridge/tuning/search_space.hpp>

using namespace ridge;

#ifdef RIDGE_MISTAKE
const SearchSpace space{{"dropout", 0.5}, {"lambda", LogUniform{1e-6, 1e-1}}};
#else
const SearchSpace space{{"dropout", Uniform{0, 0.5}}, {"lambda", LogUniform{1e-6, 1e-1}}};
#endif
