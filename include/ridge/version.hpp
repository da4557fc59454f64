#pragma once

// The one place of the version: CMakeLists.txt reads it from here.
#define RIDGE_VERSION_MAJOR 0
#define RIDGE_VERSION_MINOR 1
#define RIDGE_VERSION_PATCH 0
#define RIDGE_VERSION "0.1.0"
