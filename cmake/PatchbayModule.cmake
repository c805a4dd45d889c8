# patchbay_module(NAME [AS_RELEASED] [DEPENDS module ...] [LINK library ...])
#
# The folder host/NAME becomes the static library patchbay_NAME. Its *_test.cpp become the unit test program NAME_test.
# A module sees only what stands below it, so DEPENDS is the import graph of DESIGN's house rules.
include(GoogleTest)

# For programs that only test: optimising them took a third of the whole build's time. Under ThreadSanitizer they would be
# too slow without.
function(patchbay_build_quickly TARGET)
  if(NOT PATCHBAY_SANITIZE MATCHES "thread")
    target_compile_options(${TARGET} PRIVATE -O0)
  endif()
endfunction()

# All unit tests and what they need. They are no part of `all`: the default suite builds and runs them with sanitizers
# only, and `all` for what is tested as a whole. AS_RELEASED makes a test one of the latter: what it would pull into the
# sanitized build is much, and reads nothing of strangers.
add_custom_target(unit_tests)

function(patchbay_unit_test NAME)
  cmake_parse_arguments(ARG "AS_RELEASED" "" "SOURCES;LINK" ${ARGN})
  if(NOT PATCHBAY_TESTS OR NOT ARG_SOURCES)
    return()
  endif()
  add_executable(${NAME} ${ARG_SOURCES})
  set(LABEL integration)
  if(NOT ARG_AS_RELEASED)
    set(LABEL unit)
    set_target_properties(${NAME} PROPERTIES EXCLUDE_FROM_ALL TRUE)
    add_dependencies(unit_tests ${NAME})
  endif()
  target_link_libraries(${NAME} PRIVATE ${ARG_LINK} patchbay_options GTest::gtest_main GTest::gmock)
  target_include_directories(${NAME} PRIVATE ${CMAKE_SOURCE_DIR}/host)
  patchbay_build_quickly(${NAME})
  gtest_discover_tests(${NAME} TEST_PREFIX "${NAME}." NO_PRETTY_VALUES DISCOVERY_TIMEOUT 60 PROPERTIES LABELS ${LABEL} TIMEOUT 300)
endfunction()

function(patchbay_module NAME)
  cmake_parse_arguments(ARG "AS_RELEASED" "" "DEPENDS;LINK" ${ARGN})
  file(GLOB SOURCES CONFIGURE_DEPENDS ${NAME}/*.cpp ${NAME}/*/*.cpp)
  set(TESTS ${SOURCES})
  list(FILTER SOURCES EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER TESTS INCLUDE REGEX "_test\\.cpp$")
  list(TRANSFORM ARG_DEPENDS PREPEND patchbay_)
  if(SOURCES)
    add_library(patchbay_${NAME} STATIC ${SOURCES})
    target_include_directories(patchbay_${NAME} PUBLIC ${CMAKE_SOURCE_DIR}/host)
    target_link_libraries(patchbay_${NAME} PUBLIC ${ARG_DEPENDS} ${ARG_LINK} PRIVATE patchbay_options)
  else()
    add_library(patchbay_${NAME} INTERFACE)
    target_include_directories(patchbay_${NAME} INTERFACE ${CMAKE_SOURCE_DIR}/host)
    target_link_libraries(patchbay_${NAME} INTERFACE ${ARG_DEPENDS} ${ARG_LINK})
  endif()
  set(AS)
  if(ARG_AS_RELEASED)
    set(AS AS_RELEASED)
  endif()
  patchbay_unit_test(${NAME}_test ${AS} SOURCES ${TESTS} LINK patchbay_${NAME})
endfunction()
