include(CMakeFindDependencyMacro)
find_dependency(ridge 0.1 CONFIG)
include("${CMAKE_CURRENT_LIST_DIR}/model-targets.cmake")
