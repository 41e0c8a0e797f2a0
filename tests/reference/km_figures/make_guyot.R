# Points clicked along two simulated curves (data.csv: one point each 0.5 months, to 0.002, as a hand
# clicks), and the patients that IPDfromKM 0.1.10 (Liu, Zhou and Lee, CRAN) rebuilds from them.
#   cd tests/reference/km_figures && Rscript make_guyot.R
suppressMessages({library(survival); library(IPDfromKM)})
d <- read.csv("data.csv")
ticks <- c(0, 5, 10, 15, 20)
set.seed(7)
points <- patients <- NULL
for (arm in c("A", "B")) {
  own <- d[d$arm == arm, ]
  fit <- survfit(Surv(time, event) ~ 1, own)
  at <- seq(0.5, 24, 0.5)
  s <- summary(fit, times = at, extend = TRUE)$surv
  s <- pmin(1, pmax(0, s + runif(length(s), -0.002, 0.002)))
  risk <- sapply(ticks, function(t) sum(own$time >= t))
  points <- rbind(points, data.frame(time = at, survival = round(s, 4), arm, at_risk = NA, events = NA),
    data.frame(time = ticks, survival = NA, arm, at_risk = risk,
      events = c(sum(own$event[own$time <= 24]), NA, NA, NA, NA)))
  given <- preprocess(rbind(c(0, 1), data.frame(at, round(s, 4))), ticks, risk, maxy = 1)
  found <- getIPD(given, tot.events = sum(own$event[own$time <= 24]))$IPD
  patients <- rbind(patients, data.frame(time = found$time, event = found$status, arm))
}
write.csv(points, "clicked.csv", row.names = FALSE, na = "")
write.csv(patients, "clicked_patients.csv", row.names = FALSE)
own <- coxph(Surv(time, event) ~ arm, patients)
print(summary(own)$conf.int); print(survfit(Surv(time, event) ~ arm, patients))
