# What makes builds fast: lld, ccache, and warnings that matter.
if(ETCH_CCACHE)
  find_program(ETCH_CCACHE_PROGRAM ccache)
  if(ETCH_CCACHE_PROGRAM)
    # Precompiled headers and __TIME__ are the two things ccache refuses unless told otherwise.
    set(ETCH_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}
        ${ETCH_CCACHE_PROGRAM})
    set(CMAKE_C_COMPILER_LAUNCHER ${ETCH_LAUNCHER})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${ETCH_LAUNCHER})
  endif()
endif()

find_program(ETCH_LLD NAMES ld.lld-22 ld.lld HINTS /usr/lib/llvm-22/bin)
if(ETCH_LLD)
  add_link_options(-fuse-ld=lld)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_link_options(-B/usr/lib/llvm-22/bin)
  endif()
endif()

add_compile_options(-Wall -Wextra -Wno-unused-parameter)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # A precompiled header without time stamps is the same file in every build folder, so that ccache finds what it compiled for
  # another; ninja knows from the dependency files when it must be made anew.
  add_compile_options(-Werror=return-type $<$<COMPILE_LANGUAGE:CXX>:-fpch-instantiate-templates>
                      "$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
endif()
