#!/usr/bin/env Rscript
# Times glmnet's paths on the data of data.py: paths.R FOLDER JOB THRESH. Prints as paths.cpp does.
suppressMessages(library(glmnet))
arguments <- commandArgs(trailingOnly = TRUE)
path <- function(name) file.path(arguments[1], name)
numbers <- function(name) readBin(path(name), "double", file.size(path(name)) / 8)
job <- arguments[2]
sizes <- readBin(path("sizes.bin"), "integer", 3, size = 8)
lambdas <- numbers(paste0(job, "_lambdas.bin"))
y <- numbers(if (job == "gaussian") "y.bin" else "labels.bin")
if (sizes[3] > 0) {
  x <- Matrix::sparseMatrix(i = readBin(path("rows.bin"), "integer", file.size(path("rows.bin")) / 4) + 1L,
                            p = readBin(path("starts.bin"), "integer", sizes[2] + 1),
                            x = numbers("values.bin"), dims = sizes[1:2])
} else {
  x <- matrix(numbers("x.bin"), sizes[1], sizes[2])
}
# type.gaussian is glmnet's choice, by the number of features.
seconds <- system.time(
  fit <- glmnet(x, y, family = job, lambda = lambdas, thresh = as.numeric(arguments[3]), maxit = 1e7)
)[["elapsed"]]
last <- length(fit$lambda)
cat(sprintf("%.6f %d %.10f %d\n", seconds, last, fit$dev.ratio[last], fit$df[last]))
