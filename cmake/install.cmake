# cmake --install: headers, and how CMake and pkg-config find them. Nothing of it depends on the machine or on where it
# is installed, so it may be moved.
include(CMakePackageConfigHelpers)

set(package share/cmake/ridge)
install(DIRECTORY include/ridge DESTINATION include FILES_MATCHING PATTERN "*.hpp")
install(TARGETS ridge EXPORT ridge-targets INCLUDES DESTINATION include)
install(TARGETS ridge_io EXPORT ridge-io-targets)
install(EXPORT ridge-targets NAMESPACE ridge:: DESTINATION ${package})
install(EXPORT ridge-io-targets NAMESPACE ridge:: DESTINATION ${package})

set(generated ${CMAKE_CURRENT_BINARY_DIR}/package)
configure_package_config_file(cmake/ridgeConfig.cmake.in ${generated}/ridgeConfig.cmake INSTALL_DESTINATION ${package}
                              NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(${generated}/ridgeConfigVersion.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${generated}/ridgeConfig.cmake ${generated}/ridgeConfigVersion.cmake cmake/dependencies.cmake
              cmake/native.cmake DESTINATION ${package})

foreach(name ridge ridge-io)
  configure_file(cmake/${name}.pc.in ${generated}/${name}.pc @ONLY)
  install(FILES ${generated}/${name}.pc DESTINATION share/pkgconfig)
endforeach()
install(FILES LICENSE DESTINATION share/doc/ridge)
