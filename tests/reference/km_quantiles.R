# Medians as survfit prints them (summary(fit)$table) and quantiles (quantile.survfit) of small
# random data sets with ties, many of whose curves are level at one half, some up to their end.
# Run: Rscript km_quantiles.R > km_quantiles.csv      (R 4.2.2, survival 3.5-3)
library(survival)
set.seed(16)
num <- function(x) ifelse(is.na(x), "", trimws(formatC(as.numeric(x), digits = 15, format = "fg")))
fixed <- list(
  list(c(2, 9, 13, 18), c(1, 1, 0, 0)),            # ends on one half: printed 9, quantile 13.5
  list(c(2, 9, 13, 18), c(1, 1, 0, 1)),            # falls further: 13.5 both
  list(c(0, 0, 4, 6), c(1, 1, 0, 1)),              # one half at time 0
  list(c(0, 0, 4, 6), c(1, 1, 0, 0)),
  list(c(3, 3, 3, 3), c(1, 1, 0, 0)),
  list(c(5), c(1)), list(c(5), c(0))
)
cat("times,events,conf_type,median,median_low,median_high,",
    paste0("q", rep(c(25, 50, 75), each = 3), c("", "_low", "_high"), collapse = ","), "\n", sep = "")
for (i in 1:260) {
  if (i <= length(fixed)) { time <- fixed[[i]][[1]]; event <- fixed[[i]][[2]] }
  else {
    n <- sample(c(2, 4, 4, 6, 8, 8, 10, 12, 16, 20), 1)
    time <- sort(sample(0:ifelse(i %% 2, 24, 9), n, replace = TRUE))
    event <- rbinom(n, 1, sample(c(0.4, 0.6, 0.8, 1), 1))
    if (i %% 3 == 0) { event <- rep(c(1, 0), each = n / 2) }   # ends on one half
  }
  for (type in c("log-log", "log", "plain")) {
    fit <- survfit(Surv(time, event) ~ 1, conf.type = type)
    printed <- summary(fit)$table[c("median", "0.95LCL", "0.95UCL")]
    q <- quantile(fit, c(0.25, 0.5, 0.75))
    rows <- rbind(q$quantile, q$lower, q$upper)
    cat(paste(time, collapse = " "), ",", paste(event, collapse = " "), ",", type, ",",
        paste(c(num(printed), num(as.vector(rows))), collapse = ","), "\n", sep = "")
  }
}
