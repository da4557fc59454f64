// Trains with the library that the system's loader has chosen for this machine.
#include <cstdio>

#include "model.hpp"

int main() {
  std::printf("%s\n", instruction_set());
  const double loss = train();
  std::printf("loss %.4f\n", loss);
  return loss < 0.05 ? 0 : 1;
}
