"""Conan 2: a package of the source tree that this file lies in.

conan create ridge/cmake/packaging/conan --build=missing -s compiler.cppstd=20
"""

import os

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy, load
from conan.tools.layout import basic_layout


class Ridge(ConanFile):
    name = "ridge"
    description = "Regularized training of neural networks and linear models on a CPU"
    license = "MIT"
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"io": [True, False]}
    default_options = {"io": True}
    no_copy_source = True

    @property
    def _root(self):
        return os.path.join(self.recipe_folder, "..", "..", "..")

    def set_version(self):
        header = load(self, os.path.join(self._root, "include", "ridge", "version.hpp"))
        self.version = header.split('define RIDGE_VERSION "')[1].split('"')[0]

    def export_sources(self):
        for pattern in ("LICENSE", "include/*.hpp", "cmake/native.cmake"):
            copy(self, pattern, self._root, self.export_sources_folder)

    def layout(self):
        basic_layout(self)

    def requirements(self):
        self.requires("eigen/[>=3.4.0 <6]", transitive_headers=True)
        if self.options.io:
            self.requires("zlib/[>=1.2.11 <2]", transitive_headers=True)
            self.requires("nlohmann_json/[>=3.9 <4]", transitive_headers=True)

    def package_id(self):
        self.info.clear()

    def validate(self):
        check_min_cppstd(self, 20)

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        copy(self, "include/*", self.source_folder, self.package_folder)
        copy(self, "cmake/native.cmake", self.source_folder, self.package_folder)

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "ridge")
        self.cpp_info.set_property("cmake_target_name", "ridge::all")
        self.cpp_info.set_property("cmake_config_version_compat", "SameMinorVersion")
        self.cpp_info.set_property("cmake_build_modules", ["cmake/native.cmake"])

        core = self.cpp_info.components["core"]
        core.set_property("cmake_target_name", "ridge::ridge")
        core.set_property("pkg_config_name", "ridge")
        core.requires = ["eigen::eigen"]
        if self.settings.os in ("Linux", "FreeBSD"):
            core.system_libs = ["pthread"]
        if self.options.io:
            io = self.cpp_info.components["io"]
            io.set_property("cmake_target_name", "ridge::io")
            io.set_property("pkg_config_name", "ridge-io")
            io.requires = ["core", "zlib::zlib", "nlohmann_json::nlohmann_json"]
        for component in self.cpp_info.components.values():
            component.bindirs = component.libdirs = []
