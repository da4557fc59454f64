# ridge_executable(NAME SOURCE...): one of ridge's own executables, with the warnings and, unless
# RIDGE_NATIVE is off, the instruction set that a user's target never gets from us.
function(ridge_executable name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE ridge::io)
  if(MSVC)
    target_compile_options(${name} PRIVATE /W4 /WX)
  else()
    target_compile_options(${name} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # False alarms of GCC 12 in its own AVX-512 headers, and in its strings' operator+.
      target_compile_options(${name} PRIVATE -Wno-maybe-uninitialized -Wno-uninitialized -Wno-array-bounds -Wno-restrict)
    endif()
  endif()
  if(RIDGE_NATIVE)
    target_link_libraries(${name} PRIVATE ridge::native)
  endif()
endfunction()
