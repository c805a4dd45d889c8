# Writes manifest.json (with the library's name and digest) and settings.schema.json beside a plugin's library.
# A step of patchbay_add_plugin: -DMANIFEST= -DLIBRARY= -DFOLDER= -DSCHEMA=
file(SHA256 ${LIBRARY} DIGEST)
get_filename_component(LIBRARY_NAME ${LIBRARY} NAME)
file(READ ${MANIFEST} TEXT)
string(JSON TEXT SET "${TEXT}" library "\"${LIBRARY_NAME}\"")
string(JSON TEXT SET "${TEXT}" sha256 "\"${DIGEST}\"")
file(WRITE ${FOLDER}/manifest.json "${TEXT}\n")
file(COPY ${SCHEMA} DESTINATION ${FOLDER})
