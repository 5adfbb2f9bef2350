# EtchLLVM: MLIR and LLVM, for the libraries that use them. Targets with the property ETCH_LLVM_INSIDE get the archives,
# all others the shared libraries, as has everything under sanitizers, which tell libraries without instrumentation by
# their files (docs/decisions/0073-llvm-inside.md).
option(ETCH_STATIC_LLVM "link MLIR's and LLVM's archives into libetch_compiler" ON)

file(GLOB mlir_archives ${LLVM_LIBRARY_DIR}/libMLIR*.a)
if(ETCH_STATIC_LLVM AND NOT (mlir_archives AND TARGET LLVMPasses))
  message(STATUS "libetch_compiler uses the shared libraries of LLVM: there are no archives in ${LLVM_LIBRARY_DIR}")
  set(ETCH_STATIC_LLVM OFF)
endif()

add_library(EtchLLVMShared INTERFACE)
target_link_libraries(EtchLLVMShared INTERFACE MLIR LLVM)

add_library(EtchLLVMInside INTERFACE)
if(ETCH_STATIC_LLVM)
  llvm_map_components_to_libnames(llvm_archives nativecodegen passes bitreader bitwriter)
  target_link_libraries(EtchLLVMInside INTERFACE "$<LINK_GROUP:RESCAN,${mlir_archives}>" ${llvm_archives})
  # What nobody outside can name is neither looked up when it is loaded nor kept when it is unused.
  target_link_options(EtchLLVMInside INTERFACE -Wl,--exclude-libs,ALL -Wl,-Bsymbolic -Wl,--gc-sections -Wl,--as-needed)
else()
  target_link_libraries(EtchLLVMInside INTERFACE EtchLLVMShared)
endif()

add_library(EtchLLVM INTERFACE)
target_link_libraries(EtchLLVM INTERFACE $<IF:$<BOOL:$<TARGET_PROPERTY:ETCH_LLVM_INSIDE>>,EtchLLVMInside,EtchLLVMShared>)
