# patchbay_fuzzer(NAME SOURCES file ... LINK library ...)
#
# A libFuzzer program NAME_fuzz in bin/, only where PATCHBAY_FUZZERS is on; its seeds are tests/fuzz/corpus/NAME. The
# target `fuzzers` builds all of them, and of the product only what they need.
function(patchbay_fuzzer NAME)
  if(NOT PATCHBAY_FUZZERS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${NAME}_fuzz ${ARG_SOURCES})
  target_include_directories(${NAME}_fuzz PRIVATE ${CMAKE_SOURCE_DIR}/host)
  target_link_libraries(${NAME}_fuzz PRIVATE ${ARG_LINK} patchbay_options)
  target_link_options(${NAME}_fuzz PRIVATE -fsanitize=fuzzer)
  if(NOT TARGET fuzzers)
    add_custom_target(fuzzers)
  endif()
  add_dependencies(fuzzers ${NAME}_fuzz)
endfunction()
