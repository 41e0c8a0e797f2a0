# A plain R script that makes the tables and figures of the default study; no document.
# Rscript build.R STUDY_FOLDER OUTPUT_FOLDER
suppressPackageStartupMessages(library(survival))
given <- commandArgs(trailingOnly = TRUE)
folder <- given[1]; out <- given[2]
d <- read.csv(file.path(folder, "patients.csv"), stringsAsFactors = FALSE)
ae <- read.csv(file.path(folder, "adverse_events.csv"), stringsAsFactors = FALSE)
m <- read.csv(file.path(folder, "measurements.csv"), stringsAsFactors = FALSE)
d$arm <- factor(d$arm, levels = c("ICI", "MWA+ICI"))
d$ecog <- factor(d$ecog); d$cnlc <- factor(d$cnlc_stage)
d$sex <- relevel(factor(d$sex), "M")
d$hbsag <- factor(d$hbsag); d$hcv <- factor(d$hcv)
d$afp <- factor(d$afp_ng_ml >= 400); d$bil <- factor(d$bilirubin_umol_l > 20)
d$alt <- factor(d$alt_u_l >= 50); d$tum <- factor(d$n_tumours > 1)
colours <- c("#2F6DB5", "#C8372D")
covariates <- c("age", "sex", "ecog", "hbsag", "afp", "cnlc", "bil", "alt", "tum")

# every figure as SVG, PDF, PNG and TIFF
save <- function(name, width, height, draw) {
  stem <- file.path(out, name)
  svg(paste0(stem, ".svg"), width, height); draw(); dev.off()
  pdf(paste0(stem, ".pdf"), width, height); draw(); dev.off()
  png(paste0(stem, ".png"), width, height, units = "in", res = 300); draw(); dev.off()
  tiff(paste0(stem, ".tiff"), width, height, units = "in", res = 600, compression = "lzw")
  draw(); dev.off()
}
table_out <- function(x, name) write.csv(x, file.path(out, paste0(name, ".csv")), row.names = FALSE)
fisher_or_chi <- function(t) {
  if (any(suppressWarnings(chisq.test(t)$expected) < 5) && all(dim(t) == 2)) fisher.test(t)$p.value
  else suppressWarnings(chisq.test(t, correct = FALSE)$p.value)
}

# baseline
rows <- list(data.frame(variable = "age", level = "", p = suppressWarnings(
  wilcox.test(age ~ arm, d, exact = FALSE, correct = FALSE)$p.value),
  t(tapply(d$age, d$arm, median))))
for (v in c("sex", "ecog", "hbsag", "hcv", "afp", "cnlc", "bil", "alt", "tum")) {
  t <- table(d[[v]], d$arm)
  rows[[v]] <- data.frame(variable = v, level = rownames(t), p = fisher_or_chi(t), unclass(t))
}
names(rows) <- NULL
table_out(do.call(rbind, lapply(rows, function(r) setNames(r, c("variable", "level", "p", "a", "b")))),
          "baseline")
save("flow", 5, 4, function() {
  plot.new(); text(0.5, c(0.9, 0.5, 0.1), c(nrow(d), table(d$arm)))
})

# response
response <- factor(d$best_response, levels = c("CR", "PR", "SD", "PD", "NE"))
t <- table(response, d$arm)
table_out(data.frame(level = rownames(t), unclass(t)), "response")
for (codes in list(c("CR", "PR"), c("CR", "PR", "SD"))) {
  t <- table(d$best_response %in% codes, d$arm)
  fisher_or_chi(t); sapply(1:2, function(j) binom.test(t[2, j], sum(t[, j]))$conf.int)
}
w <- d[order(-d$best_change_pct), ]; w <- w[!is.na(w$best_change_pct), ]
save("waterfall", 6.7, 3.5, function() {
  barplot(w$best_change_pct, col = colours[w$arm]); abline(h = c(-30, 20), lty = 2)
})
s <- d[order(d$os_months), ]
save("swimmer", 6.7, 7, function() {
  barplot(s$os_months, horiz = TRUE, col = "grey90")
  points(s$pfs_months, seq_len(nrow(s)) * 1.2 - 0.5, pch = 4)
})
m$arm <- d$arm[match(m$patient_id, d$patient_id)]
save("lesions", 6.7, 3.5, function() {
  plot(m$month, m$target_sum_mm, type = "n")
  for (p in split(m, m$patient_id)) lines(p$month, p$target_sum_mm, col = colours[p$arm[1]])
})
save("case", 6.7, 3, function() {
  p <- m[m$patient_id == m$patient_id[1], ]; plot(p$month, p$afp_ng_ml, type = "b")
})

# survival
panel <- function(data, time, event, by) {
  f <- if (by) survfit(Surv(data[[time]], data[[event]]) ~ data$arm, conf.type = "plain")
       else survfit(Surv(data[[time]], data[[event]]) ~ 1, conf.type = "plain")
  plot(f, mark.time = TRUE, conf.int = TRUE, col = if (by) colours else "black")
  at <- pretty(c(0, max(data[[time]])))
  n <- summary(f, times = at, extend = TRUE)$n.risk
  mtext(paste(n, collapse = "  "), 1, 3.5, cex = 0.5)
}
km <- function(parts, by) function() {
  par(mfrow = c(2, 2), mar = c(5, 4, 1, 1))
  for (i in seq_along(parts)) for (e in c("os", "pfs"))
    panel(parts[[i]], paste0(e, "_months"), paste0(e, "_event"), by[i])
}
medians <- list()
for (e in c("os", "pfs")) for (part in list(d, d[d$afp == "TRUE", ], d[d$afp == "FALSE", ])) {
  y <- Surv(part[[paste0(e, "_months")]], part[[paste0(e, "_event")]])
  q <- quantile(survfit(y ~ part$arm, conf.type = "plain"), 0.5)
  test <- survdiff(y ~ part$arm); hr <- summary(coxph(y ~ part$arm, ties = "breslow"))
  medians[[length(medians) + 1]] <- data.frame(q, chisq = test$chisq, hr = hr$conf.int[1])
}
table_out(do.call(rbind, medians), "survival")
save("survival", 6.7, 7.1, km(list(d, d), c(FALSE, TRUE)))
save("subgroups", 6.7, 7.1, km(list(d[d$afp == "TRUE", ], d[d$afp == "FALSE", ]), c(TRUE, TRUE)))

# prognostic factors
fit <- function(terms, e, data = d) suppressWarnings(coxph(as.formula(paste0(
  "Surv(", e, "_months, ", e, "_event) ~ ", paste(terms, collapse = " + "))), data,
  ties = "breslow"))
ratios <- function(f) { s <- summary(f); data.frame(term = rownames(s$conf.int), s$conf.int[, -2, drop = FALSE], p = s$coefficients[, 5]) }
forest <- function(r) function() {
  y <- rev(seq_len(nrow(r))); par(mar = c(4, 8, 1, 1))
  plot(r[, 2], y, log = "x", xlim = c(0.05, 20), pch = 15, yaxt = "n")
  suppressWarnings(segments(r[, 3], y, r[, 4], y)); axis(2, y, r$term, las = 1); abline(v = 1)
}
for (e in c("os", "pfs")) {
  uni <- do.call(rbind, lapply(c("arm", covariates), function(v) ratios(fit(v, e))))
  full <- fit(c("arm", covariates), e); multi <- ratios(full)
  table_out(uni, paste0("cox_uni_", e)); table_out(multi, paste0("cox_multi_", e))
  table_out(data.frame(cox.zph(full)$table), paste0("zph_", e))
  save(paste0("forest_", e), 6.7, 4.5, forest(rbind(uni, multi)))
  sub <- do.call(rbind, lapply(setdiff(covariates, "age"), function(v)
    do.call(rbind, lapply(levels(d[[v]]), function(l) {
      part <- d[d[[v]] == l, ]
      if (sum(part[[paste0(e, "_event")]]) < 3 || length(unique(part$arm)) < 2) return(NULL)
      r <- ratios(fit("arm", e, part)); r$term <- paste(v, l); r
    }))))
  table_out(sub, paste0("subgroups_", e))
  if (e == "os") save("subgroup_forest", 6.7, 5, forest(sub))
  # robustness: leave one patient out, add covariates one by one
  loo <- sapply(seq_len(nrow(d)), function(i) coef(fit(c("arm", covariates), e, d[-i, ]))[1])
  table_out(data.frame(loo), paste0("leave_one_out_", e))
  path <- do.call(rbind, lapply(seq_along(covariates), function(k) ratios(fit(c("arm", covariates[1:k]), e))[1, ]))
  table_out(path, paste0("added_", e))
}

# safety
worst <- aggregate(ctcae_grade ~ patient_id + ae_term, ae, max)
worst$arm <- d$arm[match(worst$patient_id, d$patient_id)]
any <- table(worst$ae_term, worst$arm); severe <- table(factor(worst$ae_term)[worst$ctcae_grade > 2], worst$arm[worst$ctcae_grade > 2])
table_out(data.frame(term = rownames(any), unclass(any)), "safety")
table_out(data.frame(term = rownames(severe), unclass(severe)), "safety_severe")
table_out(as.data.frame(table(d$discontinuation_reason, d$arm)), "discontinuation")
save("safety", 6.7, 4, function() {
  par(mar = c(4, 9, 1, 1)); barplot(t(any), beside = TRUE, horiz = TRUE, las = 1, col = colours)
})
