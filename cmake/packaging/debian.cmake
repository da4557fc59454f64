# Read by cpack once all files are where a package will have them: what Debian wants of every package.
if(NOT CPACK_GENERATOR STREQUAL "DEB")
  return()
endif()
set(docs ${CPACK_TEMPORARY_DIRECTORY}/usr/share/doc)
set(doc ${docs}/${CPACK_DEBIAN_PACKAGE_NAME})
file(RENAME ${docs}/ridge ${doc})
file(RENAME ${doc}/LICENSE ${doc}/copyright)
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${doc}/changelog "${CPACK_DEBIAN_PACKAGE_NAME} (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium\n\n"
     "  * Version ${CPACK_PACKAGE_VERSION}.\n\n -- ${CPACK_PACKAGE_CONTACT}  ${now}\n")
execute_process(COMMAND gzip -9n ${doc}/changelog COMMAND_ERROR_IS_FATAL ANY)
