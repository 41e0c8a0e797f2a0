# Refits with R: Rscript cox.R coxph|coxph.fit "one fit"|refits|subsets count folder
suppressMessages(library(survival)); options(warn = -1)
args <- commandArgs(TRUE); how <- args[1]; task <- args[2]; count <- as.integer(args[3])
read <- function(name) as.matrix(read.csv(file.path(args[4], name), header = FALSE))
d <- read("data.csv"); jobs <- read("jobs.csv"); n <- nrow(d); p <- ncol(d) - 2
t <- d[, 1]; e <- d[, 2]; x <- d[, -(1:2)]
frame <- data.frame(t = t, e = e, x); names <- colnames(frame)[-(1:2)]
model <- function(columns) as.formula(paste("Surv(t, e) ~", paste(names[columns], collapse = "+")))
all <- model(seq_len(p)); control <- coxph.control()
rows <- function(b) if (task == "refits") rep(seq_len(n), jobs[b, ]) else seq_len(n)
columns <- function(b) if (task == "subsets") which(jobs[b, ] == 1) else seq_len(p)
found <- matrix(NA_real_, count, p)
invisible(coxph(all, frame))
start <- proc.time()
for (b in seq_len(count)) {
  i <- rows(b); j <- columns(b)
  found[b, j] <- if (how == "coxph")
    coef(coxph(if (task == "subsets") model(j) else all,
               if (task == "refits") frame[i, ] else frame))
  else
    coxph.fit(x[i, j, drop = FALSE], Surv(t[i], e[i]), NULL, NULL, NULL, control, NULL, "efron",
              rownames = NULL)$coefficients
}
seconds <- sum((proc.time() - start)[1:2])
write.table(formatC(found, digits = 17, format = "g"), file.path(args[4], "coef.csv"), sep = ",",
            row.names = FALSE, col.names = FALSE, quote = FALSE)
cat(sprintf('{"seconds": %.4f}\n', seconds))
