# patchbay_add_plugin(NAME SOURCES file ... [LINK library ...] [FOLDER dir] [TESTS file ...])
#
# Makes a plugin of the current folder, which holds manifest.json and settings.schema.json: builds the library with
# everything hidden but its entry, and lays out the plugin's folder (library, manifest with the library's SHA-256 and
# ABI, schema, and check.json if there is one) where a host finds it: ${CMAKE_BINARY_DIR}/lib/patchbay/plugins/NAME, or
# FOLDER.
#
# TESTS become the program NAME_plugin_test: GoogleTest with the test kit and the plugin's own sources linked in, so
# that `patchbay_plugin_v1` is there to be called. It is a ctest test with the label unit; outside of this project say
# enable_testing() before.
#
# The plugins of the top-level project, and all below its folder plugins/, are installed, file by file as they were
# built: the manifest holds the digest.
# Works inside this project and, after find_package(Patchbay), outside of it.
include(GNUInstallDirs)

function(patchbay_add_plugin NAME)
  cmake_parse_arguments(ARG "" "FOLDER" "SOURCES;LINK;TESTS" ${ARGN})
  if(NOT ARG_FOLDER)
    set(ARG_FOLDER ${CMAKE_BINARY_DIR}/lib/patchbay/plugins/${NAME})
  endif()
  set(HERE ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  set(MANIFEST ${CMAKE_CURRENT_SOURCE_DIR}/manifest.json)
  set(SCHEMA ${CMAKE_CURRENT_SOURCE_DIR}/settings.schema.json)
  file(GLOB EXAMPLES CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/check.json)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${MANIFEST})
  file(READ ${MANIFEST} MANIFEST_TEXT)
  string(JSON PLUGIN_NAME GET "${MANIFEST_TEXT}" name)
  string(JSON PLUGIN_VERSION GET "${MANIFEST_TEXT}" version)
  set(DEFINITIONS PATCHBAY_PLUGIN_NAME="${PLUGIN_NAME}" PATCHBAY_PLUGIN_VERSION="${PLUGIN_VERSION}")
  set(STANDARDS CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON C_STANDARD 11 C_STANDARD_REQUIRED ON)

  add_library(plugin_${NAME} MODULE ${ARG_SOURCES})
  # Changed data is linked again, so that the folder is laid out again.
  set_target_properties(plugin_${NAME} PROPERTIES ${STANDARDS}
    PREFIX "" OUTPUT_NAME ${NAME} LIBRARY_OUTPUT_DIRECTORY ${ARG_FOLDER}
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS "${HERE}/plugin.map;${MANIFEST};${SCHEMA};${EXAMPLES}")
  target_compile_definitions(plugin_${NAME} PRIVATE ${DEFINITIONS})
  target_link_libraries(plugin_${NAME} PRIVATE Patchbay::sdk ${ARG_LINK})
  if(TARGET patchbay_options)
    target_link_libraries(plugin_${NAME} PRIVATE patchbay_options)
  endif()
  target_link_options(plugin_${NAME} PRIVATE -Wl,--version-script=${HERE}/plugin.map)
  add_custom_command(TARGET plugin_${NAME} POST_BUILD
    COMMAND ${CMAKE_COMMAND} -DMANIFEST=${MANIFEST} -DLIBRARY=$<TARGET_FILE:plugin_${NAME}> -DFOLDER=${ARG_FOLDER}
            -DSCHEMA=${SCHEMA} "-DEXAMPLES=${EXAMPLES}"
            "-DINCLUDES=$<JOIN:$<TARGET_PROPERTY:Patchbay::sdk,INTERFACE_INCLUDE_DIRECTORIES>,|>"
            -P ${HERE}/lay_out_plugin.cmake
    VERBATIM)
  string(FIND "${CMAKE_CURRENT_SOURCE_DIR}/" "${CMAKE_SOURCE_DIR}/plugins/" BELOW_PLUGINS)
  if(PROJECT_IS_TOP_LEVEL OR BELOW_PLUGINS EQUAL 0)
    install(DIRECTORY ${ARG_FOLDER}/ DESTINATION lib/patchbay/plugins/${NAME} COMPONENT plugins)
  endif()

  if(NOT ARG_TESTS)
    return()
  endif()
  set(TEST ${NAME}_plugin_test)
  if(COMMAND patchbay_unit_test)
    patchbay_unit_test(${TEST} SOURCES ${ARG_SOURCES} ${ARG_TESTS} LINK Patchbay::testkit ${ARG_LINK})
  elseif(TARGET Patchbay::testkit AND TARGET GTest::gtest_main)
    add_executable(${TEST} ${ARG_SOURCES} ${ARG_TESTS})
    target_link_libraries(${TEST} PRIVATE Patchbay::testkit ${ARG_LINK} GTest::gtest_main)
    add_test(NAME ${TEST} COMMAND ${TEST})
    set_tests_properties(${TEST} PROPERTIES LABELS unit)
  endif()
  if(TARGET ${TEST})
    set_target_properties(${TEST} PROPERTIES ${STANDARDS})
    target_compile_definitions(${TEST} PRIVATE ${DEFINITIONS})
  endif()
endfunction()
