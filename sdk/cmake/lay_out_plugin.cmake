# Writes manifest.json (with the library's name, digest and ABI), settings.schema.json and what there is of check.json
# beside a plugin's library.
# A step of patchbay_add_plugin: -DMANIFEST= -DLIBRARY= -DFOLDER= -DSCHEMA= -DEXAMPLES= -DINCLUDES=dir|dir
file(SHA256 ${LIBRARY} DIGEST)
get_filename_component(LIBRARY_NAME ${LIBRARY} NAME)
string(REPLACE "|" ";" INCLUDES "${INCLUDES}")
find_file(ABI_HEADER patchbay/abi.h PATHS ${INCLUDES} NO_DEFAULT_PATH NO_CACHE REQUIRED)
file(READ ${ABI_HEADER} ABI_TEXT)
foreach(PART MAJOR MINOR)
  string(REGEX MATCH "#define PATCHBAY_ABI_${PART} ([0-9]+)" MATCHED "${ABI_TEXT}")
  set(ABI_${PART} ${CMAKE_MATCH_1})
endforeach()

file(READ ${MANIFEST} TEXT)
string(JSON TEXT SET "${TEXT}" library "\"${LIBRARY_NAME}\"")
string(JSON TEXT SET "${TEXT}" sha256 "\"${DIGEST}\"")
string(JSON TEXT SET "${TEXT}" abi "{\"major\": ${ABI_MAJOR}, \"minor\": ${ABI_MINOR}}")
file(WRITE ${FOLDER}/manifest.json "${TEXT}\n")
file(COPY ${SCHEMA} ${EXAMPLES} DESTINATION ${FOLDER})
