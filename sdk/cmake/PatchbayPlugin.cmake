# patchbay_add_plugin(NAME [SOURCES file ...] [LINK library ...] [FOLDER dir])
#
# Makes a plugin of the current folder, which holds manifest.json and settings.schema.json: builds the library with
# everything hidden but its entry, and lays out the plugin's folder (library, manifest with the library's SHA-256,
# schema) where a host finds it: ${CMAKE_BINARY_DIR}/lib/patchbay/plugins/NAME, or below FOLDER.
# Works inside this project and, after find_package(Patchbay), outside of it.
set(PATCHBAY_SDK_CMAKE_DIR ${CMAKE_CURRENT_LIST_DIR})

function(patchbay_add_plugin NAME)
  cmake_parse_arguments(ARG "" "FOLDER" "SOURCES;LINK" ${ARGN})
  if(NOT ARG_FOLDER)
    set(ARG_FOLDER ${CMAKE_BINARY_DIR}/lib/patchbay/plugins/${NAME})
  endif()
  set(MANIFEST ${CMAKE_CURRENT_SOURCE_DIR}/manifest.json)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${MANIFEST})
  file(READ ${MANIFEST} MANIFEST_TEXT)
  string(JSON PLUGIN_NAME GET "${MANIFEST_TEXT}" name)
  string(JSON PLUGIN_VERSION GET "${MANIFEST_TEXT}" version)

  add_library(plugin_${NAME} MODULE ${ARG_SOURCES})
  set_target_properties(plugin_${NAME} PROPERTIES
    PREFIX "" OUTPUT_NAME ${NAME} LIBRARY_OUTPUT_DIRECTORY ${ARG_FOLDER}
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${PATCHBAY_SDK_CMAKE_DIR}/plugin.map)
  target_compile_definitions(plugin_${NAME} PRIVATE
    PATCHBAY_PLUGIN_NAME="${PLUGIN_NAME}" PATCHBAY_PLUGIN_VERSION="${PLUGIN_VERSION}")
  target_link_libraries(plugin_${NAME} PRIVATE Patchbay::sdk ${ARG_LINK})
  if(TARGET patchbay_options)
    target_link_libraries(plugin_${NAME} PRIVATE patchbay_options)
  endif()
  target_link_options(plugin_${NAME} PRIVATE -Wl,--version-script=${PATCHBAY_SDK_CMAKE_DIR}/plugin.map)
  add_custom_command(TARGET plugin_${NAME} POST_BUILD
    COMMAND ${CMAKE_COMMAND} -DMANIFEST=${MANIFEST} -DLIBRARY=$<TARGET_FILE:plugin_${NAME}> -DFOLDER=${ARG_FOLDER}
            -DSCHEMA=${CMAKE_CURRENT_SOURCE_DIR}/settings.schema.json
            -P ${PATCHBAY_SDK_CMAKE_DIR}/lay_out_plugin.cmake
    VERBATIM)
endfunction()
