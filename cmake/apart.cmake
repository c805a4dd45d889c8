# The sanitized build reads eight files at a time, since most of its time goes to headers. These have names in an unnamed
# namespace, or bring in names, that a neighbour has too: they are read by themselves.
set(PATCHBAY_APART
  host/config/settings_test.cpp
  host/delivery/retry.cpp
  host/identity/directory.cpp
  host/identity/desk_test.cpp
  host/identity/directory_test.cpp
  host/identity/engine_model_test.cpp
  host/identity/engine_test.cpp
  host/identity/features.cpp
  host/identity/model.cpp
  host/identity/name.cpp
  host/identity/nodes.cpp
  host/identity/persona_reading.cpp
  host/net/bearer_test.cpp
  host/net/exchange.cpp
  host/net/forwarded_peer.cpp
  host/net/http_client.cpp
  host/net/http_client_guard_test.cpp
  host/net/http_client_test.cpp
  host/net/http_server_limits_test.cpp
  host/net/http_server_test.cpp
  host/net/request_reader.cpp
  host/net/response_head.cpp
  host/oauth2/protocol.cpp
  host/oauth2/protocol_test.cpp
  host/oauth2/sealing.cpp
  host/plugin/elf.cpp
  host/plugin/frame.cpp
  host/plugin/gate.cpp
  host/plugin/host_table.cpp
  host/plugin/stream_rules.cpp
  host/store/sqlite/folder.cpp
  host/store/sqlite/page_guard.cpp
  host/store/sqlite/sqlite_damage_test.cpp
  host/store/sqlite/sqlite_faults_test.cpp
  host/store/sqlite/sqlite_store_test.cpp
  host/worker/landlock.cpp
  host/worker/serve.cpp
  host/worker/system_calls.cpp
  plugins/channels/imap/authentication.cpp
  plugins/channels/imap/html_text.cpp
  plugins/channels/imap/mailbox.cpp
  plugins/channels/imap/pec.cpp
  plugins/channels/imap/people.cpp
  plugins/channels/imap/report.cpp
  plugins/channels/imap/session_folders.cpp
  plugins/channels/sms/receipt.cpp
  plugins/channels/whatsapp/mapping.cpp
  plugins/channels/whatsapp/mapping_message_test.cpp
  plugins/channels/whatsapp/sending.cpp
  sdk/sink_test.cpp
)
foreach(FILE ${PATCHBAY_APART})
  string(REGEX MATCH "^(host|sdk|plugins/[^/]+/[^/]+)" FOLDER ${FILE})
  set_source_files_properties(${CMAKE_SOURCE_DIR}/${FILE} DIRECTORY ${CMAKE_SOURCE_DIR}/${FOLDER} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endforeach()
