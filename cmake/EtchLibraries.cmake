# etch_add_library(NAME [MLIR] SOURCES ... LINK ...): a static library of one folder. Those marked MLIR see MLIR's headers
# and use the precompiled upstream headers; the others cannot include them, which keeps LLVM out of libetch.
set(CMAKE_PCH_INSTANTIATE_TEMPLATES ON)

function(etch_add_library name)
  cmake_parse_arguments(ARG "MLIR" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
  if(ARG_MLIR)
    target_include_directories(${name} SYSTEM PUBLIC ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
    target_compile_options(${name} PRIVATE -Wno-unused-parameter)
    target_link_libraries(${name} PUBLIC EtchLLVM)
    if(ETCH_PCH)
      if(TARGET EtchPrecompiledHeaders)
        target_precompile_headers(${name} REUSE_FROM EtchPrecompiledHeaders)
      endif()
    endif()
  endif()
endfunction()

# Upstream headers only: ours change too often to be precompiled.
function(etch_add_precompiled_headers)
  file(WRITE ${PROJECT_BINARY_DIR}/pch.cpp "")
  add_library(EtchPrecompiledHeaders STATIC ${PROJECT_BINARY_DIR}/pch.cpp)
  target_include_directories(EtchPrecompiledHeaders PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
  target_include_directories(EtchPrecompiledHeaders SYSTEM PRIVATE ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
  target_compile_options(EtchPrecompiledHeaders PRIVATE -Wno-unused-parameter)
  target_precompile_headers(EtchPrecompiledHeaders PRIVATE
    <mlir/IR/Builders.h> <mlir/IR/BuiltinAttributes.h> <mlir/IR/BuiltinOps.h> <mlir/IR/BuiltinTypes.h> <mlir/IR/Dialect.h>
    <mlir/IR/OpImplementation.h> <mlir/IR/PatternMatch.h> <mlir/Bytecode/BytecodeOpInterface.h>
    <mlir/Interfaces/ControlFlowInterfaces.h> <mlir/Interfaces/InferTypeOpInterface.h>
    <mlir/Interfaces/SideEffectInterfaces.h> <mlir/Dialect/Func/IR/FuncOps.h> <mlir/Pass/Pass.h> <mlir/Pass/PassManager.h>)
endfunction()
if(ETCH_PCH)
  etch_add_precompiled_headers()
endif()
