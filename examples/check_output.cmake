# cmake -DPROGRAM=... -DEXPECTED=FILE -P check_output.cmake: runs a program and compares what it prints with a file.
execute_process(COMMAND ${PROGRAM} OUTPUT_VARIABLE printed ERROR_VARIABLE errors RESULT_VARIABLE status)
file(READ ${EXPECTED} expected)
if(NOT status EQUAL 0 OR NOT printed STREQUAL expected)
  message(FATAL_ERROR "exit status ${status}; printed:\n${printed}${errors}\nexpected (${EXPECTED}):\n${expected}")
endif()
