# What `cmake --install` puts where, and what find_package(etch) gives: etch::etch (write and run programs) and
# etch::runtime (run exported ones, no LLVM).
include(CMakePackageConfigHelpers)

# Our headers name each other by folder (etch/..., runtime/...), so they get a folder of their own.
set(ETCH_INSTALL_INCLUDEDIR ${CMAKE_INSTALL_INCLUDEDIR}/etch-${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(ETCH_INSTALL_CMAKEDIR ${CMAKE_INSTALL_LIBDIR}/cmake/etch)

install(DIRECTORY frontend/include/etch DESTINATION ${ETCH_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.h)
install(FILES ${PROJECT_BINARY_DIR}/generated/etch/ops.h DESTINATION ${ETCH_INSTALL_INCLUDEDIR}/etch)
install(DIRECTORY runtime DESTINATION ${ETCH_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.h)

set_target_properties(etch PROPERTIES EXPORT_NAME etch INSTALL_RPATH "$ORIGIN")
target_include_directories(etch INTERFACE $<INSTALL_INTERFACE:${ETCH_INSTALL_INCLUDEDIR}>)
# runtime's own list does not say that its include path is of this checkout.
get_target_property(runtime_includes etch_runtime INTERFACE_INCLUDE_DIRECTORIES)
set_target_properties(etch_runtime PROPERTIES EXPORT_NAME runtime
  INTERFACE_INCLUDE_DIRECTORIES "$<BUILD_INTERFACE:${runtime_includes}>;$<INSTALL_INTERFACE:${ETCH_INSTALL_INCLUDEDIR}>")
install(TARGETS etch etch_runtime EXPORT etchTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT etchTargets NAMESPACE etch:: DESTINATION ${ETCH_INSTALL_CMAKEDIR})

# libetch loads the compiler from its own folder; nobody links it.
set_target_properties(etch_compiler PROPERTIES INSTALL_RPATH "$ORIGIN" INSTALL_RPATH_USE_LINK_PATH ON)
install(TARGETS etch_compiler LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})

# The kernel packs lie beside libetch, too.
install(FILES ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/etch-x86-64-v3.pack ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/etch-x86-64-v4.pack
  DESTINATION ${CMAKE_INSTALL_LIBDIR})

foreach(tool etch-opt etch-run etchc)
  if(TARGET ${tool})
    set_target_properties(${tool} PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}" INSTALL_RPATH_USE_LINK_PATH ON)
    install(TARGETS ${tool} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()

configure_package_config_file(cmake/etchConfig.cmake.in ${PROJECT_BINARY_DIR}/etchConfig.cmake
  INSTALL_DESTINATION ${ETCH_INSTALL_CMAKEDIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/etchConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/etchConfig.cmake ${PROJECT_BINARY_DIR}/etchConfigVersion.cmake
  DESTINATION ${ETCH_INSTALL_CMAKEDIR})
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
