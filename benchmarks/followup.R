# R's side of followup.py: start-stop | fine-gray | mice, rows, folder. CPU seconds, megabytes, coefficients.
suppressMessages(library(survival))
args <- commandArgs(TRUE); n <- as.integer(args[2]); folder <- args[3]
number <- function(name, size) readBin(file.path(folder, name), "double", size)
status <- function(key) {
  line <- grep(paste0("^", key), readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) / 1024
}
matrix_of <- function() { p <- file.size(file.path(folder, "x")) / 8 / n; matrix(number("x", n * p), n) }
if (args[1] == "start-stop") {
  d <- data.frame(a = number("a", n), t = number("t", n), e = number("e", n), matrix_of())
  formula <- as.formula(paste("Surv(a, t, e) ~", paste(names(d)[-(1:3)], collapse = " + ")))
  rows <- n; work <- function() coef(coxph(formula, d)); invisible(coxph(formula, d[1:500, ]))
} else if (args[1] == "fine-gray") {
  d <- data.frame(t = number("t", n), f = factor(number("e", n), 0:2), matrix_of()); d$id <- seq_len(n)
  g <- finegray(Surv(t, f) ~ ., d, etype = "1"); rows <- nrow(g); x <- grep("^X", names(g), value = TRUE)
  formula <- as.formula(paste("Surv(fgstart, fgstop, fgstatus) ~", paste(x, collapse = " + ")))
  work <- function() coef(coxph(formula, g, weights = fgwt, cluster = id)); rm(d)
} else {
  suppressMessages(library(mice)); m <- as.data.frame(matrix_of()); m[is.nan(as.matrix(m))] <- NA; rows <- n
  work <- function() { mice(m, m = as.integer(args[4]), maxit = 5, method = "pmm", printFlag = FALSE, seed = 1); 0 }
}
invisible(gc()); cat("5", file = "/proc/self/clear_refs"); before <- status("VmRSS"); start <- proc.time()
found <- work()
seconds <- sum((proc.time() - start)[1:2])
cat(sprintf('{"seconds": %.4f, "megabytes": %.1f, "rows": %d, "coef": [%s]}\n', seconds, status("VmHWM") - before, rows,
            paste(formatC(found, digits = 15, format = "g"), collapse = ", ")))
