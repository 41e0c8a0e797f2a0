# Rscript cox_hard.R folder: writes cox_hard.csv (R 4.2.2, survival 3.5-3; eps 1e-13, 500 steps).
# Strata and case weights on veteran; a small stratified set whose finite maximum lies so far out
# that R's default stopping rule ends before it; separation that takes another coefficient along.
suppressMessages(library(survival)); options(warn = -1)
folder <- commandArgs(TRUE)[1]; out <- NULL
put <- function(case, quantity, value) out <<- rbind(out, data.frame(
  case = case, quantity = paste0(quantity, if (length(value) > 1) seq_along(value)),
  value = formatC(as.numeric(value), digits = 15, format = "g")))
control <- coxph.control(eps = 1e-13, iter.max = 500)
fit_all <- function(case, f, d, zph = TRUE) for (ties in c("breslow", "efron")) {
  environment(f) <- environment()
  fit <- coxph(f, d, weights = w, ties = ties, control = control, robust = FALSE)
  name <- paste(case, ties)
  put(name, "coef", coef(fit)); put(name, "se", sqrt(diag(fit$var)))
  put(name, "loglik", fit$loglik); put(name, "score", fit$score)
  put(name, "concordance", fit$concordance[c("concordance", "std")])
  if (zph) for (g in c("km", "rank", "identity"))
    put(name, paste0("zph_", g), cox.zph(fit, g, terms = FALSE)$table[, 1])
}
v <- read.csv(file.path(folder, "veteran.csv"))
v$w <- 1
fit_all("strata", Surv(time, event) ~ age + karno + diagtime + strata(celltype), v)
v$w <- 0.5 + seq_len(nrow(v)) %% 3
fit_all("weights", Surv(time, event) ~ age + karno + diagtime, v)
fit_all("both", Surv(time, event) ~ age + karno + diagtime + strata(celltype), v)
far <- read.csv(file.path(folder, "cox_far.csv")); far$w <- 1
fit_all("far", Surv(time, event) ~ arm + f + g + u + v + strata(s), far, FALSE)
i <- 1:2000; part <- function(step) (i * step) %% 1   # risks of very different size in the strata
spread <- data.frame(time = ceiling(-20 * log(part(0.7548776662)) * exp(4.5 * part(0.6180339887))),
  event = as.numeric(part(0.5698402910) < 0.5), x = 3 * part(0.6180339887), y = part(0.4142135624),
  s = i %% 4, w = 1)
last <- which(spread$s == 1)[1:5]; spread$time[last] <- 1e5 + 1:5; spread$event[last] <- 1; spread$x[last] <- 40
fit_all("spread", Surv(time, event) ~ x + y + strata(s), spread)
write.csv(out, file.path(folder, "cox_hard.csv"), row.names = FALSE, quote = FALSE)
