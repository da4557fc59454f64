// Catch2's own main function, for version 2 (version 3 brings it in a library).
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
