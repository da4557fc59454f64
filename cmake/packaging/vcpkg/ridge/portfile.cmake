# An overlay port of the source tree that it lies in:
#   vcpkg install "ridge[io]" --overlay-ports=ridge/cmake/packaging/vcpkg
set(VCPKG_BUILD_TYPE release)  # headers: there is nothing to debug
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../../.." ABSOLUTE)

vcpkg_cmake_configure(SOURCE_PATH "${SOURCE_PATH}"
                      OPTIONS -DRIDGE_BUILD_TESTS=OFF -DRIDGE_BUILD_EXAMPLES=OFF -DRIDGE_INSTALL=ON)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH share/cmake/ridge)
if(NOT "io" IN_LIST FEATURES)  # which names packages that are not there
  file(REMOVE "${CURRENT_PACKAGES_DIR}/share/pkgconfig/ridge-io.pc")
endif()
vcpkg_fixup_pkgconfig()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/share/doc")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
