# One fit of R's coxph or coxph.fit: CPU seconds, megabytes above the loaded data, coefficients.
suppressMessages(library(survival))
args <- commandArgs(TRUE); n <- as.integer(args[2]); folder <- args[3]
number <- function(name, size) readBin(file.path(folder, name), "double", size)
t <- number("t", n); e <- number("e", n)
p <- file.size(file.path(folder, "x")) / 8 / n
x <- matrix(number("x", n * p), n)
status <- function(key) {
  line <- grep(paste0("^", key), readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) / 1024
}
d <- data.frame(t = t, e = e, x)
formula <- as.formula(paste("Surv(t, e) ~", paste(names(d)[-(1:2)], collapse = " + ")))
small <- coxph(formula, d[1:500, ])
fits <- list(
  coxph = function() coef(coxph(formula, d)),
  coxph.fit = function() coxph.fit(x, Surv(t, e), NULL, NULL, NULL, coxph.control(), NULL, "efron",
                                   rownames = NULL)$coefficients)
if (args[1] == "coxph.fit") rm(d)
invisible(gc()); cat("5", file = "/proc/self/clear_refs"); before <- status("VmRSS"); start <- proc.time()
found <- fits[[args[1]]]()
seconds <- sum((proc.time() - start)[1:2])
cat(sprintf('{"seconds": %.4f, "megabytes": %.1f, "coef": [%s]}\n', seconds, status("VmHWM") - before,
            paste(formatC(found, digits = 15, format = "g"), collapse = ", ")))
