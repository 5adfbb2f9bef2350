# Installs Etch into a folder of the build, then configures, builds and runs a project that knows only that folder.
#   cmake -DBUILD=... -DWORK=... -DPROJECT=... -DCXX=... -DGENERATOR=... -P check.cmake
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    string(REPLACE ";" " " command "${ARGN}")
    message("${output}")
    message(FATAL_ERROR "failed: ${command}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
run(${CMAKE_COMMAND} -S ${PROJECT} -B ${WORK}/build -G ${GENERATOR} -DCMAKE_PREFIX_PATH=${WORK}/prefix
    -DCMAKE_CXX_COMPILER=${CXX} "-DCMAKE_CXX_FLAGS=${CXX_FLAGS}")
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/uses_etch)
run(${WORK}/build/uses_runtime)
# The kernel packs are installed beside libetch.
file(GLOB packs ${WORK}/prefix/lib*/etch-x86-64-v*.pack)
list(LENGTH packs count)
if(NOT count EQUAL 2)
  message(FATAL_ERROR "the installation has ${count} kernel packs")
endif()
# The installed libetch must not drag LLVM in: it is the compiler's.
file(GLOB libetch ${WORK}/prefix/lib*/libetch.so)
execute_process(COMMAND ldd ${libetch} OUTPUT_VARIABLE libraries)
if(libraries MATCHES "LLVM|MLIR")
  message(FATAL_ERROR "libetch is linked with LLVM:\n${libraries}")
endif()
