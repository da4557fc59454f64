# Runs a command and checks its exit code and what it prints, standard output and error together:
#   cmake -D COMMAND=a;b;c -D EXIT_CODE=N|fails -D PATTERN=regex -P expect.cmake
execute_process(COMMAND ${COMMAND} RESULT_VARIABLE exit_code OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(EXIT_CODE STREQUAL "fails")
  if(exit_code EQUAL 0)
    message(FATAL_ERROR "it succeeded, but must fail; it printed:\n${output}")
  endif()
elseif(NOT exit_code EQUAL EXIT_CODE)
  message(FATAL_ERROR "exit code ${exit_code}, expected ${EXIT_CODE}; it printed:\n${output}")
endif()
if(NOT output MATCHES "${PATTERN}")
  message(FATAL_ERROR "nothing in its output matches \"${PATTERN}\":\n${output}")
endif()
