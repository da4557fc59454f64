// expect: must be a ridge::Dataset.* or the .data of what read_csv has read
#include <ridge/data/csv.hpp>
#include <ridge/ridge.hpp>

using namespace ridge;

void use(Linear<float>& net, const CsvData<float, float>& csv) {
#ifdef RIDGE_MISTAKE
  fit(net, MeanSquaredError{}, SGD{}, csv);
#else
  fit(net, MeanSquaredError{}, SGD{}, csv.data);
#endif
}
