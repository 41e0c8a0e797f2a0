# A plain R script that makes the tables and figures of notebooks 01 to 05 of the default study,
# at the same size and in the same files; no document. Needs the packages survival and png.
# Rscript build.R STUDY_FOLDER OUTPUT_FOLDER [panels]
# With `panels` each lettered panel is also drawn to files of its own.
suppressPackageStartupMessages(library(survival))
given <- commandArgs(trailingOnly = TRUE)
folder <- given[1]; out <- given[2]; panels_too <- "panels" %in% given

# ---- data --------------------------------------------------------------------------------------
read <- function(name) read.csv(file.path(folder, name), na.strings = "", encoding = "UTF-8")
d <- read("patients.csv"); ae <- read("adverse_events.csv"); m <- read("measurements.csv")
arms <- c("ICIs", "MWA + ICIs"); colours <- c("#2F6DB5", "#C8372D"); ink <- "#1A1A1A"
pale <- c("#ACC4E1", "#E9AFAB")
d$number <- seq_len(nrow(d))
d$arm <- factor(d$arm, c("ICI", "MWA+ICI"), arms)
d$age_group <- factor(d$age >= 65, c(FALSE, TRUE), c("<65", "≥65"))
d$sex <- factor(d$sex, c("M", "F"), c("Male", "Female"))
d$ecog <- factor(d$ecog)
for (v in c("hbsag", "hcv")) d[[v]] <- factor(d[[v]], c("negative", "positive"),
                                             c("Negative", "Positive"))
d$afp <- factor(d$afp_ng_ml >= 400, c(FALSE, TRUE), c("<400", "≥400"))
d$cnlc <- factor(d$cnlc_stage)
d$bilirubin <- factor(d$bilirubin_umol_l > 20, c(FALSE, TRUE), c("≤20", ">20"))
d$alt <- factor(d$alt_u_l >= 50, c(FALSE, TRUE), c("<50", "≥50"))
d$tumours <- factor(d$n_tumours > 1, c(FALSE, TRUE), c("1", "2–3"))
d$response <- factor(d$best_response, c("CR", "PR", "SD", "PD", "NE"))
responses <- c("Complete response", "Partial response", "Stable disease", "Progressive disease",
               "Not evaluable")
labels <- c(age = "Age (years)", sex = "Sex", ecog = "ECOG performance status",
            hbsag = "Hepatitis B surface antigen", afp = "AFP (ng/ml)", cnlc = "CNLC stage",
            bilirubin = "Total bilirubin (μmol/l)", alt = "Alanine aminotransferase (U/l)",
            tumours = "Number of active tumours", arm = "Treatment")
terms <- names(labels)
ends <- c(os = "Overall survival", pfs = "Progression-free survival")
happened <- c(os = "death", pfs = "progression or death")
n_arm <- table(d$arm)
ae <- merge(ae, d[c("patient_id", "arm")])
m <- cbind(m, d[match(m$patient_id, d$patient_id), c("arm", "ablation_months")])

# ---- words and files ---------------------------------------------------------------------------
n_pct <- function(n, of) ifelse(n == 0, "0", sprintf("%d (%.1f)", n, 100 * n / of))
p_text <- function(p) ifelse(is.na(p), "–", ifelse(p < 0.001, "<0.001", sprintf("%.3f", p)))
hr_text <- function(r) ifelse(is.na(r$hr), "not estimable",
                              sprintf("%.3f (%.3f–%.3f)", r$hr, r$low, r$high))
to_table <- function(x, name) write.csv(x, file.path(out, paste0("tbl-", name, ".csv")),
                                        row.names = FALSE, na = "")
to_files <- function(name, width, height, draw) {
  on <- function(device, ending, ...) {
    device(file.path(out, paste0("fig-", name, ending)), width, height, ..., pointsize = 8)
    draw()
    dev.off()
  }
  on(svg, ".svg")
  on(cairo_pdf, ".pdf")
  on(png, ".png", units = "in", res = 300)
  on(tiff, ".tiff", units = "in", res = 300, compression = "lzw")
  on(tiff, "_600dpi.tiff", units = "in", res = 600, compression = "lzw")
}
look <- function() par(oma = c(1.2, 0, 0, 0), mgp = c(1.9, 0.5, 0), tcl = -0.25, las = 1, bty = "l",
                       col.axis = ink, cex.axis = 7 / 8, lwd = 0.8)
synthetic <- function() mtext("Synthetic data", 1, outer = TRUE, adj = 1, font = 3, cex = 7 / 8,
                              col = "grey40")
# `rows` holds a list of drawing functions for each row of panels; a row has a share of the height
figure <- function(name, height, rows, shares = rep(1, length(rows)), width = 6.69) {
  across <- max(lengths(rows)); panels <- unlist(rows)
  places <- split(seq_along(panels), rep(seq_along(rows), lengths(rows)))
  places <- t(sapply(places, function(p) {
    row <- rep(p, each = if (across %% length(p)) 1 else across / length(p))
    c(row, rep(0, across - length(row)))
  }))
  if (across == 1) places <- t(places)
  to_files(name, width, height, function() {
    look(); layout(places, heights = shares); par(cex = 1)
    for (draw in panels) draw()
    synthetic()
  })
  if (panels_too && length(panels) > 1) for (i in seq_along(panels)) {
    row <- which(rowSums(places == i) > 0)
    to_files(paste0(name, "_", LETTERS[i]), width * sum(places[row, ] == i) / across,
             height * shares[row] / sum(shares), function() { look(); panels[[i]](); synthetic() })
  }
}
heading <- function(letter, title, line = 1) {
  edge <- grconvertX(0.02, "nfc", "user")
  mtext(letter, 3, line, at = edge, adj = 0, font = 2, cex = 9 / 8)
  mtext(title, 3, line, at = edge + 1.6 * strwidth("M"), adj = 0, font = 2)
}
empty <- function(xlim = 0:1, ylim = 0:1) {
  plot(NA, xlim = xlim, ylim = ylim, axes = FALSE, ann = FALSE, xaxs = "i", yaxs = "i")
}

# ---- 01 cohort ---------------------------------------------------------------------------------
p_of <- function(t) {
  test <- suppressWarnings(chisq.test(t, correct = FALSE))
  if (all(dim(t) == 2) && any(test$expected < 5)) fisher.test(t)$p.value else test$p.value
}
smd <- function(x) {  # columns of indicators but the first, or one continuous column
  x <- if (is.factor(x)) model.matrix(~ x)[, -1, drop = FALSE] else as.matrix(x)
  a <- x[d$arm == arms[1], , drop = FALSE]; b <- x[d$arm == arms[2], , drop = FALSE]
  shares <- all(x %in% 0:1)
  spread <- function(y) if (shares) crossprod(scale(y, scale = FALSE)) / nrow(y) else var(y)
  gap <- colMeans(b) - colMeans(a)
  sqrt(drop(gap %*% solve((spread(a) + spread(b)) / 2, gap)))
}
summary_of <- function(x) sprintf("%g (%g–%g)", median(x), min(x), max(x))
wilcoxon <- wilcox.test(age ~ arm, d, exact = FALSE, correct = FALSE)
baseline <- data.frame(
  characteristic = "Age, years, median (range)", a = summary_of(d$age[d$arm == arms[1]]),
  b = summary_of(d$age[d$arm == arms[2]]), all = summary_of(d$age),
  p = p_text(wilcoxon$p.value), smd = sprintf("%.2f", smd(d$age)))
shown <- c(age_group = "Age category, years", labels[2:4], hcv = "Hepatitis C virus antibody",
           labels[5:9])
for (v in names(shown)) {
  t <- table(d[[v]], d$arm)
  baseline <- rbind(baseline, data.frame(
    characteristic = c(shown[[v]], paste0("  ", rownames(t))), a = c("", n_pct(t[, 1], n_arm[1])),
    b = c("", n_pct(t[, 2], n_arm[2])), all = c("", n_pct(rowSums(t), nrow(d))),
    p = c(if (v == "age_group") "" else p_text(p_of(t)), rep("", nrow(t))),
    smd = c(sprintf("%.2f", smd(d[[v]])), rep("", nrow(t)))))
}
to_table(baseline, "baseline")

flow <- function() {
  par(mar = c(0, 0, 0, 0)); empty()
  boxed <- function(x, top, title, items = NULL, counts = NULL, fill = NA, border = ink) {
    bottom <- top - 0.085 - 0.035 * length(items)
    rect(x - 0.22, bottom, x + 0.22, top, col = fill, border = border)
    text(x - if (length(items)) 0.21 else 0, top - 0.04, title, font = 2, col = border,
         adj = c(if (length(items)) 0 else 0.5, 0.5))
    y <- top - 0.055 - 0.035 * seq_along(items)
    if (length(items)) { text(x - 0.195, y, items, adj = 0, cex = 7 / 8)
                         text(x + 0.21, y, counts, adj = 1, cex = 7 / 8) }
    bottom
  }
  end <- boxed(0.5, 0.99, sprintf("Included in the cohort (n = %d)", nrow(d)))
  segments(c(0.5, 0.22), c(end, 0.87), c(0.5, 0.78), 0.87)
  for (j in 1:2) {
    a <- d[d$arm == arms[j], ]; x <- c(0.22, 0.78)[j]; n <- nrow(a)
    why <- table(factor(a$discontinuation_reason, c("progression", "toxicity", "other")))
    boxes <- list(
      list("Treated (n = %d)", n, paste("Stopped:", c("Disease progression", "Toxicity",
           "Other reasons")), as.vector(why)),
      list("Evaluable for response (n = %d)", sum(a$response != "NE"), "Not evaluable",
           sum(a$response == "NE")),
      list("Analysed (n = %d)", n, c(ends, "Safety"), rep(n, 3)))
    boxes[[1]][[3]] <- c(boxes[[1]][[3]], "Ongoing")
    boxes[[1]][[4]] <- c(boxes[[1]][[4]], sum(a$treatment_ongoing))
    arrows(x, 0.87, x, 0.84, 0.06)
    end <- boxed(x, 0.84, sprintf("%s (n = %d)", arms[j], n), fill = paste0(colours[j], "1A"),
                 border = colours[j])
    for (one in boxes) {
      arrows(x, end, x, end - 0.07, 0.06)
      end <- boxed(x, end - 0.07, sprintf(one[[1]], one[[2]]), one[[3]], one[[4]])
    }
  }
}
figure("flow", 3.47, list(list(flow)))

violin <- function(letter, title, unit, v, log = "") function() {
  par(mar = c(2.5, 4.5, 2.5, 1)); x <- d[[v]]; few <- length(unique(x)) < 6
  plot(NA, xlim = c(0.5, 2.5), ylim = range(x), log = log, xaxt = "n", xlab = "", ylab = unit)
  axis(1, 1:2, arms)
  for (j in 1:2) {
    y <- x[d$arm == arms[j]]
    if (few) {
      same <- ave(y, y, FUN = function(s) seq_along(s) - (length(s) + 1) / 2)
      points(j + 0.035 * same, y, pch = 16, cex = 0.4, col = colours[j])
      segments(j - 0.38, median(y), j + 0.38, lty = 2)
      next
    }
    s <- density(if (log == "y") log(y) else y, from = min(if (log == "y") log(y) else y),
                 to = max(if (log == "y") log(y) else y))
    at <- if (log == "y") exp(s$x) else s$x
    wide <- 0.375 * s$y / max(s$y)
    polygon(c(j - wide, rev(j + wide)), c(at, rev(at)), col = paste0(colours[j], "40"),
            border = "grey40")
    q <- quantile(y, c(0.25, 0.5, 0.75)); w <- approx(at, wide, q)$y
    segments(j - w, q, j + w, q, lty = c(1, 2, 1))
    points(j + runif(length(y), -0.2, 0.2), y, pch = 16, cex = 0.4, col = colours[j])
  }
  heading(letter, title)
}
figure("distributions", 4.26, list(
  list(violin("A", "Age", "Years", "age"), violin("B", "AFP", "ng/ml", "afp_ng_ml", "y"),
       violin("C", "Total bilirubin", "μmol/l", "bilirubin_umol_l")),
  list(violin("D", "Alanine aminotransferase", "U/l", "alt_u_l"),
       violin("E", "Number of active tumours", "", "n_tumours"))))

# ---- 02 response -------------------------------------------------------------------------------
newcombe <- function(x, n) {  # second rate less the first, in percentage points
  limits <- mapply(function(x, n) prop.test(x, n, correct = FALSE)$conf.int, x, n); p <- x / n
  gap <- p[2] - p[1]
  100 * c(gap, gap - sqrt((p[2] - limits[1, 2])^2 + (limits[2, 1] - p[1])^2),
          gap + sqrt((limits[2, 2] - p[2])^2 + (p[1] - limits[1, 1])^2))
}
rate_of <- list("Objective response rate (CR + PR)" = c("CR", "PR"),
                "Disease control rate (CR + PR + SD)" = c("CR", "PR", "SD"))
rates <- function(data) do.call(rbind, lapply(rate_of, function(codes) {
  n <- table(data$arm); t <- table(factor(data$response %in% codes, c(TRUE, FALSE)), data$arm)
  limits <- sapply(1:2, function(j) {
    exact <- 100 * binom.test(t[1, j], n[j])$conf.int; sprintf("%.1f to %.1f", exact[1], exact[2])
  })
  gap <- newcombe(t[1, ], n)
  data.frame(a = c(n_pct(t[1, 1], n[1]), limits[1]), b = c(n_pct(t[1, 2], n[2]), limits[2]),
             difference = c(sprintf("%.1f (%.1f to %.1f)", gap[1], gap[2], gap[3]), ""),
             p = c(p_text(p_of(t)), ""))
}))
t <- table(d$response, d$arm); both <- rates(d); evaluable <- rates(d[d$response != "NE", ])
named <- c(rbind(names(rate_of), "  95% CI"))
to_table(rbind(data.frame(response = responses, a = n_pct(t[, 1], n_arm[1]),
                          b = n_pct(t[, 2], n_arm[2]), difference = "", p = ""),
               data.frame(response = named, both)), "response")
to_table(data.frame(response = named, evaluable), "response-evaluable")

fills <- c("#01665E", "#5AB4AC", "#D6D2C4", "#B8651B", "white")
waterfall <- function() {
  par(mar = c(3.5, 4, 4, 2.5)); shown <- d[!is.na(d$best_change_pct), ]
  shown <- shown[order(shown$arm, -shown$best_change_pct), ]
  gap <- c(0.2, ifelse(diff(as.integer(shown$arm)) == 1, 3, 0.2)); y <- shown$best_change_pct
  x <- barplot(y, space = gap, col = fills[shown$response], ylim = c(-100, 60), border = ink,
               ylab = "Best change of target lesions (%)")
  hatched <- ifelse(shown$response == "PD", 25, 0)
  barplot(y, space = gap, density = hatched, col = ink, border = NA, add = TRUE, axes = FALSE)
  abline(h = 0); abline(h = c(-30, 20), lty = 2, col = "grey40")
  new <- shown$response == "PD" & shown$pd_new_lesion == 1
  points(x[new], pmax(y[new], 0) + 4, pch = 16, cex = 0.5)
  axis(1, x, shown$number, las = 2, tick = FALSE, line = -0.5)
  axis(4, c(-30, 20), c("−30%", "+20%"), tick = FALSE, line = -1)
  mtext("Patients", 1, 2)
  for (j in 1:2) {
    own <- range(x[shown$arm == arms[j]])
    mtext(arms[j], 3, 1.2, at = own[1], adj = 0, font = 2, col = colours[j])
    mtext(sprintf("%d of %d patients", sum(shown$arm == arms[j]), n_arm[j]), 3, 1.2, at = own[2],
          adj = 1, cex = 7 / 8, col = "grey40")
    segments(own[1] - 0.5, 68, own[2] + 0.5, 68, col = colours[j], lwd = 1.5, xpd = NA)
  }
  legend("top", c(responses[1:4], "New lesion"), fill = c(fills[1:4], NA), pch = c(rep(NA, 4), 16),
         border = c(rep(ink, 4), NA), horiz = TRUE, bty = "n", inset = c(0, -0.24), xpd = NA,
         cex = 7 / 8)
}
figure("waterfall", 3.55, list(list(waterfall)))

swimmer <- function() {
  par(mar = c(3, 2.5, 4.5, 0.5)); s <- d[order(d$arm, -d$os_months), ]
  y <- -seq_len(nrow(s)) - 2 * (s$arm == arms[2]); tall <- 0.35
  plot(NA, xlim = c(0, 42), ylim = c(min(y) - 0.5, 0.5), xaxs = "i", yaxs = "i", xaxt = "n",
       yaxt = "n", bty = "n", xlab = "Time (months)", ylab = "")
  abline(v = seq(0, 42, 3), col = "grey93"); axis(1, seq(0, 42, 3)); j <- as.integer(s$arm)
  rect(0, y - tall, s$treatment_months, y + tall, col = pale[j], border = NA)
  segments(0, y, s$os_months, y, col = "grey40")
  segments(s$response_start_months, y, s$response_end_months, y, col = fills[1], lwd = 2)
  points(s$response_start_months, y, pch = 17, col = fills[1])
  points(s$response_end_months, y, pch = "|", col = fills[1])
  gone <- s$progression == 1; points(s$pfs_months[gone], y[gone], pch = 23, bg = "#E69F00")
  dead <- s$os_event == 1; points(s$os_months[dead], y[dead], pch = 4, cex = 0.7, lwd = 1.5)
  going <- s$treatment_ongoing == 1
  points(s$treatment_months[going], y[going], pch = -9658, col = colours[j[going]])
  axis(2, y, s$number, tick = FALSE, line = -0.8)
  mtext(sprintf("%s  n = %d", arms, n_arm), 2, at = c(0.3, -n_arm[1] - 1.8), adj = 0, font = 2,
        col = colours, line = 1)
  legend("topleft", c("On treatment", "Treatment ongoing", "Follow-up", "In response",
         "Response starts", "Response ends", "Progression", "Death"), ncol = 4, bty = "n",
         pch = c(15, -9658, NA, NA, 17, 124, 23, 4), lty = c(NA, NA, 1, 1, NA, NA, NA, NA),
         col = c(pale[1], ink, "grey40", rep(fills[1], 3), ink, ink), pt.bg = "#E69F00",
         inset = c(0, -0.08), xpd = NA, cex = 7 / 8)
}
figure("swimmer", 6.49, list(list(swimmer)))

m$change <- 100 * (m$target_sum_mm / ave(m$target_sum_mm, m$patient_id, FUN = function(x) x[1]) - 1)
spider <- function(letter, j, column, label, log = "") function() {
  par(mar = c(3.5, 5, 2, 1)); own <- m[m$arm == arms[j], ]
  own <- own[!is.na(own[[column]]), ]
  plot(NA, xlim = c(0, 12), ylim = range(m[[column]], na.rm = TRUE), log = log, yaxt = "n",
       xlab = "Time (months)", ylab = "")
  at <- axTicks(2); axis(2, at, format(at, big.mark = " ", scientific = FALSE, trim = TRUE))
  mtext(label, 2, 3.3, las = 0); abline(h = at, col = "grey93")
  if (log == "") abline(h = c(-30, 0, 20), lty = c(2, 1, 2), col = "grey40")
  for (p in split(own, own$patient_id)) {
    lines(p$month, p[[column]], type = "o", pch = 16, cex = 0.3, col = colours[j])
    when <- p$ablation_months[1]
    if (is.na(when) || nrow(p) == 1) next
    points(when, approx(p$month, p[[column]], when)$y, pch = 23, bg = "white", cex = 0.7)
  }
  heading(letter, sprintf("%s (n = %d)", arms[j], n_arm[j]), 0.5)
  if (j == 2) legend("topright", "Ablation", pch = 23, bty = "n", inset = c(0, -0.1), xpd = NA)
}
change <- "Change of target lesions (%)"
figure("lesions", 5.4, list(
  list(spider("A", 1, "change", change), spider("B", 2, "change", change)),
  list(spider("C", 1, "afp_ng_ml", "AFP (ng/ml)", "y"),
       spider("D", 2, "afp_ng_ml", "AFP (ng/ml)", "y"))))

read_dicom <- function(file) {  # deflated after a head of known length; window -150 to 250 HU
  bytes <- readBin(file, "raw", file.size(file))
  head <- 144 + sum(as.integer(bytes[141:144]) * 256^(0:3))
  gzip <- as.raw(c(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3))
  con <- gzcon(rawConnection(c(gzip, bytes[-seq_len(head)]))); on.exit(close(con))
  tags <- readBin(con, "raw", 600); first <- grepRaw(as.raw(c(0xe0, 0x7f, 0x10, 0)), tags) + 12
  # all but the last pixel, for gzcon would look for a check sum behind it
  values <- c(tags[first:600], readBin(con, "raw", 2 * 176 * 224 - 603 + first), raw(2))
  stored <- readBin(values, "integer", 176 * 224, 2, signed = FALSE, endian = "little")
  grey <- (stored * 4 - 1024 + 150) / 400
  matrix(pmin(pmax(grey, 0), 1), 176, 224, byrow = TRUE)
}
picture <- function(letter, title, file, tip = NULL, start = NULL, word = "") {
  path <- file.path(folder, "cases", file)
  image <- if (grepl("dcm$", file)) read_dicom(path) else png::readPNG(path)
  function() {
    par(mar = c(0.2, 0.2, 2, 0.2)); empty()
    rasterImage(image, 0, 0, 1, 1)
    heading(letter, title, 0.5)
    if (is.null(tip)) return()
    arrows(start[1], 1 - start[2], tip[1], 1 - tip[2], 0.06, col = "white", lwd = 1.5)
    text(start[1], 1 - start[2], word, pos = 3, col = "white", font = 2)
  }
}
figure("imaging-1", 5.96, list(
  list(picture("A", "Before ablation", "before-1.dcm", c(0.31, 0.53), c(0.46, 0.40), "Nodule"),
       picture("B", "One month after ablation", "after-1.dcm", c(0.34, 0.55), c(0.48, 0.42),
               "Ablation zone")),
  list(picture("C", "Before ablation", "before-2.dcm", c(0.38, 0.34), c(0.52, 0.22), "Nodule"),
       picture("D", "Two months after ablation", "after-2.dcm", c(0.43, 0.36), c(0.56, 0.24),
               "Ablation zone"))))
tip <- c(0.36, 0.45); start <- c(0.51, 0.36)
figure("imaging-2", 4.17, list(
  list(picture("A", "Before, T1", "mri-before-t1.png", tip, start),
       picture("B", "Before, arterial phase", "mri-before-arterial.png", tip, start),
       picture("C", "Before, portal venous phase", "mri-before-portal.png", tip, start)),
  list(picture("D", "After, T1", "mri-after-t1.png", tip, start),
       picture("E", "After, arterial phase", "mri-after-arterial.png", tip, start),
       picture("F", "After, portal venous phase", "mri-after-portal.png", tip, start))))
series <- function(letter, title, column, label, log = "") function() {
  p <- m[m$patient_id == "P36", ]; y <- p[[column]]; par(mar = c(3.5, 4, 2, 1))
  room <- if (log == "y") range(y) * c(0.7, 1.5) else c(0, max(y) * 1.3)
  plot(p$month, y, type = "o", pch = 16, cex = 0.7, col = colours[2], log = log, ylim = room,
       xlab = "Time (months)", ylab = label)
  abline(v = p$ablation_months[1], lty = 2, col = "grey40")
  text(p$ablation_months[1], par("usr")[4], "Ablation", pos = 4, xpd = NA, col = "grey40")
  marked <- c(1, which.min(y), length(y))
  text(p$month[marked], y[marked], sprintf("%.1f", y[marked]), pos = c(4, 1, 3), xpd = NA)
  heading(letter, title, 0.5)
}
course <- c("Diagnosis", "Growth", "Embolisation", "Recurrence", "Ablation", "Follow-up 1",
            "Follow-up 2", "Follow-up 3")
steps <- lapply(1:8, function(i) {
  file <- sprintf("course-%d.png", i)
  if (i == 5) picture("E", course[i], file, c(0.29, 0.30), c(0.44, 0.16), "Antenna")
  else picture(LETTERS[i], course[i], file)
})
figure("imaging-3", 5.66, list(steps[1:4], steps[5:8], list(
  series("I", "Target lesions", "target_sum_mm", "Sum of target lesions (mm)"),
  series("J", "Serum marker", "afp_ng_ml", "AFP (ng/ml)", "y"))), c(1.6, 1.6, 2.4))

# ---- 03 survival -------------------------------------------------------------------------------
surv <- function(e, data = d) Surv(data[[paste0(e, "_months")]], data[[paste0(e, "_event")]])
cox <- function(formula, data = d) suppressWarnings(coxph(formula, data, ties = "breslow"))
fit <- function(e, terms, data = d) {
  data$y <- surv(e, data); cox(reformulate(terms, "y"), data)
}
ratios <- function(f) {  # a row for each coefficient; without a finite estimate, missing
  s <- summary(f)$coefficients; b <- s[, 1]; se <- ifelse(s[, 3] > 10, NA, s[, 3])
  r <- exp(cbind(hr = b, low = b - 1.96 * se, high = b + 1.96 * se))
  data.frame(ifelse(is.na(se), NA, 1) * r, p = ifelse(is.na(se), NA, s[, 5]))
}
wald <- function(f, which) {
  b <- coef(f)[which]; v <- vcov(f)[which, which, drop = FALSE]
  if (any(diag(v) > 100)) NA else pchisq(drop(b %*% solve(v, b)), length(b), lower.tail = FALSE)
}
median_text <- function(f) {
  q <- quantile(f, 0.5); text <- function(x) ifelse(is.na(x), "NR", sprintf("%.1f", x))
  sprintf("%s (%s–%s)", text(q$quantile), text(q$lower), text(q$upper))
}
parts <- list(all = d, high = d[d$afp == "≥400", ], low = d[d$afp == "<400", ])
words <- c(all = "", high = ", AFP ≥400 ng/ml", low = ", AFP <400 ng/ml")
tests <- list(); rows <- list()
for (part in names(parts)) for (e in names(ends)) {
  data <- parts[[part]]; y <- surv(e, data); r <- ratios(fit(e, "arm", data))
  p <- survdiff(y ~ data$arm)$pvalue
  tests[[paste(e, part)]] <- c(hr_text(r), p_text(p))
  events <- c(sum(y[, 2]), tapply(y[, 2], data$arm, sum))
  rows[[paste(e, part)]] <- data.frame(
    group = c(paste0(ends[e], words[part]), "  All patients", paste0("  ", arms)),
    events = c("", paste(events, "/", c(nrow(data), table(data$arm)))),
    median = c("", median_text(survfit(y ~ 1, conf.type = "plain")),
               median_text(survfit(y ~ data$arm, conf.type = "plain"))),
    hr = c("", "", "", hr_text(r)), p = c("", "", "", p_text(p)))
}
to_table(do.call(rbind, rows), "survival")

km <- function(letter, part, e, by = TRUE) function() {
  data <- parts[[part]]; y <- surv(e, data)
  group <- if (by) data$arm else factor(rep("All patients", nrow(data)))
  colour <- if (by) colours else ink; n <- nlevels(group)
  f <- survfit(y ~ group, conf.type = "plain"); texts <- median_text(f)
  last <- max(y[, 1]); step <- if (last > 24) 6 else if (last > 12) 3 else 2
  at <- seq(0, ceiling(last / step) * step, step)
  par(mar = c(3.4 + 4.2 * n, 5, 2, 1))
  plot(f, conf.int = FALSE, mark.time = TRUE, col = colour, lwd = c(1.1, 1.7)[seq_len(n)],
       xlim = range(at), xaxs = "i", xaxt = "n", yscale = 100, xlab = "Time (months)",
       ylab = paste(ends[e], "(%)"))
  axis(1, at)
  for (j in seq_len(n)) {
    one <- if (n > 1) f[j] else f; k <- length(one$time); x <- c(0, rep(one$time, each = 2)[-2 * k])
    low <- c(1, 1, rep(one$lower, each = 2))[seq_len(2 * k)]
    high <- c(1, 1, rep(one$upper, each = 2))[seq_len(2 * k)]; known <- !is.na(low) & !is.na(high)
    polygon(c(x[known], rev(x[known])), c(low[known], rev(high[known])), border = NA,
            col = paste0(colour[j], "22"))
    half <- quantile(one, 0.5)$quantile
    if (!is.na(half)) segments(c(0, half), 0.5, half, c(0.5, 0), lty = 3, col = "grey40")
    own <- y[group == levels(group)[j], ]; line <- 3.4 + 4.2 * (j - 1)
    edge <- grconvertX(0.01, "nfc", "user")
    counts <- sapply(at, function(t) c(sum(own[, 1] >= t), sum(own[, 1] < t & own[, 2] == 0),
                                       sum(own[, 1] < t & own[, 2] == 1)))
    mtext(sprintf("%s   median %s months (95%% CI %s", levels(group)[j], sub(" .*", "", texts[j]),
                  sub(".*\\(", "", texts[j])), 1, line, at = edge, adj = 0, col = colour[j],
          cex = 7 / 8)
    for (i in 1:3) {
      mtext(c("At risk", "Censored", "Events")[i], 1, line + i, at = edge, adj = 0,
            col = colour[j], cex = 7 / 8)
      mtext(counts[i, ], 1, line + i, at = at, cex = 7 / 8)
    }
  }
  if (by) legend("topright", c(arms, paste("HR", tests[[paste(e, part)]][1]),
                 paste("Log-rank P", tests[[paste(e, part)]][2])), bty = "n", cex = 7 / 8,
                 col = c(colours, NA, NA), lty = c(1, 1, NA, NA), text.col = c(colours, ink, ink))
  heading(letter, paste0(ends[e], words[part]), 0.5)
}
for (e in names(ends)) {
  figure(paste0("survival-", e), 3.83, list(list(km("A", "all", e, FALSE), km("B", "all", e))))
  figure(paste0("subgroups-", e), 3.83, list(list(km("A", "high", e), km("B", "low", e))))
}

# ---- 04 prognostic factors ---------------------------------------------------------------------
covariates <- setdiff(terms, "arm"); 
mapped <- function(left, wide, low, high) {
  function(x) left + wide * (log(x) - log(low)) / (log(high) - log(low))
}
marks <- function(r, y, at, low, high) {  # squares, limits and arrows where limits go on
  shown <- !is.na(r$hr); r <- r[shown, ]; y <- y[shown]
  segments(at(pmax(r$low, low)), y, at(pmin(r$high, high)), y)
  points(at(r$hr), y, pch = 15)
  cut <- r$low < low; if (any(cut)) points(at(rep(low, sum(cut))), y[cut], pch = -9668, cex = 0.7)
}
hr_axis <- function(at, ticks, y) {
  segments(at(ticks[1]), y, at(ticks[length(ticks)]), y)
  segments(at(ticks), y, at(ticks), y - 0.3); text(at(ticks), y - 0.9, ticks, cex = 7 / 8)
  text(at(1), y - 1.9, "Hazard ratio", cex = 7 / 8)
}
forest <- function(rows, uni, multi) function() {
  par(mar = c(0, 0, 0, 0)); n <- nrow(rows); y <- n - seq_len(n) + 1; empty(0:1, c(-2.6, n + 2.5))
  rect(0, y - 0.5, 1, y + 0.5, border = NA, col = ifelse(cumsum(rows$head) %% 2, "grey95", NA))
  text(ifelse(rows$head, 0.005, 0.025), y, rows$label, adj = 0, font = 1 + rows$head)
  text(0.005, n + 1, "Factor", adj = 0, font = 2); abline(h = n + 0.5)
  for (k in 1:2) {
    r <- list(uni, multi)[[k]]; end <- c(0.63, 1)[k]; at <- mapped(end - 0.35, 0.14, 0.03, 30)
    text(at(0.03), n + 2, c("Univariable", "Multivariable")[k], adj = 0, font = 2)
    text(c(end - 0.06, end), n + 1, c("HR (95% CI)", "P"), adj = 1, font = c(2, 4))
    segments(at(1), 0.5, at(1), n + 0.5, col = "grey40")
    marks(r, y[rows$coefficient], at, 0.03, 30)
    text(end - 0.06, y[rows$coefficient], hr_text(r), adj = 1, cex = 7 / 8)
    text(end, y[rows$coefficient], p_text(r$p), adj = 1, cex = 7 / 8)
    hr_axis(at, c(0.1, 1, 10), 0.3)
  }
}
zph_panel <- function(letter, z, k, beta, p) function() {
  par(mar = c(3.5, 4, 2.8, 0.8)); name <- colnames(z$y)[k]
  term <- terms[startsWith(name, terms)][1]; level <- sub(term, "", name, fixed = TRUE)
  plot(z[k], resid = TRUE, se = TRUE, df = 4, nsmo = 40, col = colours[2], lwd = 1.4,
       xlab = "Time (months)", ylab = "Log hazard ratio")
  abline(h = c(0, beta), lty = 1:2, col = "grey40")
  heading(letter, sub(" \\(.*", "", labels[term]), 1.3)
  mtext(sub("^, ", "", paste0(level, ", P = ", p_text(p[term]))), 3, 0.3, adj = 0, cex = 7 / 8,
        col = "grey40")
}
for (e in names(ends)) {
  uni <- do.call(rbind, lapply(terms, function(v) {
    if (v != "cnlc") return(ratios(fit(e, v)))
    do.call(rbind, lapply(levels(d$cnlc)[-1], function(l) ratios(fit(e, sprintf("I(cnlc == '%s')",
                                                                               l)))))
  }))
  full <- fit(e, terms); multi <- ratios(full); event <- d[[paste0(e, "_event")]]
  of_cnlc <- startsWith(names(coef(full)), "cnlc")
  factor_p <- p_text(c(wald(fit(e, "cnlc"), 1:2), wald(full, of_cnlc)))
  blocks <- lapply(terms, function(v) {
    if (v == "age") return(data.frame(label = "Age, per year", head = TRUE, coefficient = TRUE,
                                      events = paste(sum(event), "/", nrow(d))))
    l <- levels(d[[v]]); sums <- tapply(event, d[[v]], sum)
    data.frame(label = c(labels[[v]], l), head = c(TRUE, rep(FALSE, length(l))),
               coefficient = c(FALSE, FALSE, rep(TRUE, length(l) - 1)),
               events = c("", paste(sums, "/", table(d[[v]]))))
  })
  rows <- do.call(rbind, blocks); blank <- ifelse(rows$head, "", "1 (reference)")
  fill <- function(x, blank) replace(blank, rows$coefficient, x)
  none <- rep("", nrow(rows)); whole <- rows$label == labels["cnlc"]
  to_table(data.frame(
    factor = rows$label, events = rows$events, uni = fill(hr_text(uni), blank),
    p = replace(fill(p_text(uni$p), none), whole, factor_p[1]),
    multi = fill(hr_text(multi), blank),
    p2 = replace(fill(p_text(multi$p), none), whole, factor_p[2])),
    paste0("prognostic-", e))
  versus <- rows[rows$head | rows$coefficient, ]
  figure(paste0("prognostic-", e), 4.04, list(list(forest(versus, uni, multi))))

  by_term <- cox.zph(full)$table; z <- cox.zph(full, terms = FALSE)
  panels <- lapply(seq_along(coef(full)), function(k) {
    zph_panel(LETTERS[k], z, k, coef(full)[[k]], by_term[, "p"])
  })
  figure(paste0("schoenfeld-", e), 7.76,
         list(panels[1:3], panels[4:6], panels[7:9], panels[10:11]))

  moved <- residuals(full, "dfbetas"); far <- apply(abs(moved), 1, max)
  most <- head(order(-far), 5)
  without <- rbind(ratios(full)["armMWA + ICIs", ], do.call(rbind, lapply(most, function(i) {
    ratios(fit(e, terms, d[-i, ]))["armMWA + ICIs", ]
  })))
  column <- max.col(abs(moved))[most]
  influence <- data.frame(
    number = c("–", most),
    who = c("Nobody left out", sprintf("%s, %.1f months, %s", d$arm[most],
            d[[paste0(e, "_months")]][most], ifelse(event[most] == 1, happened[[e]], "censored"))),
    moved = c("", sprintf("%s (%.2f)", names(coef(full))[column], moved[cbind(most, column)])),
    hr = hr_text(without), p = p_text(without$p))
  to_table(influence, paste0("influence-", e))
}

for (e in names(ends)) {
effects <- function(data) data.frame(
  ratios(fit(e, "arm", data)),
  t(paste0(tapply(data[[paste0(e, "_event")]], data$arm, sum), "/", table(data$arm))))
subgroups <- data.frame(label = "All patients", head = TRUE, effects(d), interaction = "")
interactions <- NULL
for (v in setdiff(covariates, "age")) {
  found <- do.call(rbind, lapply(split(d, d[[v]]), effects))
  product <- fit(e, paste0(v, " * arm"))
  p <- p_text(wald(product, grep(":", names(coef(product)))))
  title <- data.frame(label = labels[[v]], head = TRUE, hr = NA, low = NA, high = NA, p = NA,
                      X1 = "", X2 = "", interaction = p)
  subgroups <- rbind(subgroups, title, data.frame(label = levels(d[[v]]), head = FALSE, found,
                                                  interaction = ""))
  interactions <- rbind(interactions, data.frame(
    factor = labels[[v]], within = paste(levels(d[[v]]), hr_text(found), collapse = "; "),
    df = nrow(found) - 1, p = p))
}
to_table(interactions, paste0("interactions-", e))
subgroup_forest <- function() {
  par(mar = c(0, 0, 0, 0)); s <- subgroups; n <- nrow(s); y <- n - seq_len(n) + 1
  empty(0:1, c(-3.5, n + 2.5)); at <- mapped(0.5, 0.2, 0.03, 10)
  rect(0, y - 0.5, 1, y + 0.5, border = NA, col = ifelse(cumsum(s$head) %% 2, "grey95", NA))
  text(ifelse(s$head, 0.005, 0.025), y, s$label, adj = 0, font = 1 + s$head)
  text(0.33, y, s$X1, cex = 7 / 8); text(0.43, y, s$X2, cex = 7 / 8)
  text(0.005, n + 1, "Subgroup", adj = 0, font = 2)
  text(c(0.33, 0.43), n + 1, arms, font = 2, col = colours)
  text(c(0.86, 1), n + 1, c("HR (95% CI)", "P interaction"), adj = 1, font = 2)
  text(0.38, n + 2, "Events/n", font = 2); abline(h = n + 0.5)
  text(0.86, y, ifelse(s$head & s$X1 == "", "", hr_text(s)), adj = 1, cex = 7 / 8)
  text(1, y, s$interaction, adj = 1, cex = 7 / 8)
  segments(at(c(1, s$hr[1])), 0.5, at(c(1, s$hr[1])), n + 0.5, lty = 1:2, col = "grey40")
  marks(s, y, at, 0.02, 12); hr_axis(at, c(0.03, 0.1, 0.3, 1, 3, 10), 0.3)
  text(at(1), -2.8, "← Favours MWA + ICIs   Favours ICIs →", cex = 7 / 8)
}
figure(paste0("subgroup-forest-", e), 5.04, list(list(subgroup_forest)))
}

# ---- 05 safety ---------------------------------------------------------------------------------
listed <- c("Fatigue", "Transaminitis", "Fever", "Diarrhea", "Pneumonitis", "Hyperbilirubinemia",
            "Hypothyroidism", "Pruritus", "Rash", "Hyperthyroidism", "Hypoalbuminemia", "Nausea")
worst <- aggregate(ctcae_grade ~ patient_id + ae_term + arm, ae[ae$ae_term %in% listed, ], max)
of_any <- aggregate(ctcae_grade ~ patient_id + arm, worst, max)
count <- function(from) {
  own <- worst[worst$ctcae_grade >= from, ]
  rbind(table(factor(own$ae_term, listed), own$arm),
        "Any of these" = table(of_any$arm[of_any$ctcae_grade >= from]))
}
fisher <- function(counts) apply(counts, 1, function(x) {
  if (sum(x)) fisher.test(rbind(x, n_arm - x))$p.value else NA
})
any <- count(1); severe <- count(3)
to_table(data.frame(event = rownames(any), a = n_pct(any[, 1], n_arm[1]),
                    b = n_pct(any[, 2], n_arm[2]), p = p_text(fisher(any)),
                    severe_a = n_pct(severe[, 1], n_arm[1]),
                    severe_b = n_pct(severe[, 2], n_arm[2]),
                    severe_p = p_text(fisher(severe))), "safety")
stopped <- table(factor(d$discontinuation_reason, c("progression", "toxicity", "other")), d$arm)
to_table(data.frame(reason = c("Disease progression", "Toxicity", "Other reasons"),
                    a = n_pct(stopped[, 1], n_arm[1]), b = n_pct(stopped[, 2], n_arm[2]),
                    p = p_text(fisher(stopped))), "discontinuation")
around <- ae[!is.na(ae$hours_after_procedure), ]; events <- unique(around$ae_term)
window <- function(after, until) {
  inside <- around[around$hours_after_procedure > after & around$hours_after_procedure <= until, ]
  inside$ae_term <- factor(inside$ae_term, events)
  data.frame(n = n_pct(tapply(inside$patient_id, inside$ae_term, function(p) length(unique(p)),
                              default = 0L), n_arm[2]),
             grade = tapply(inside$ctcae_grade, inside$ae_term, max))
}
to_table(data.frame(event = events, early = window(-1, 24), late = window(24, 720)), "procedure")

butterfly <- function() {
  par(mar = c(3, 1, 3.5, 1)); own <- listed[order(-rowSums(any[listed, ]))]
  own <- c(own, "Any of these"); y <- rev(seq_along(own))
  empty(c(-1.4, 1.4), c(0.3, length(own) + 1))
  abline(v = c(-1, 1) %o% (0.3 + 0.8 * seq(0, 1, 0.2)), col = "grey93")
  for (j in 1:2) {
    side <- c(-1, 1)[j]; share <- any[own, j] / n_arm[j]; grave <- severe[own, j] / n_arm[j]
    rect(side * 0.3, y - 0.3, side * (0.3 + 0.8 * share), y + 0.3, col = pale[j], border = NA)
    rect(side * 0.3, y - 0.3, side * (0.3 + 0.8 * grave), y + 0.3, col = colours[j], border = NA)
    said <- paste0(n_pct(any[own, j], n_arm[j]),
                   ifelse(severe[own, j] > 0, paste0(" · ", severe[own, j]), ""))
    text(side * (0.32 + 0.8 * share), y, said, adj = c(c(1, 0)[j], 0.5), cex = 7 / 8, xpd = NA)
    axis(1, side * (0.3 + 0.8 * seq(0, 1, 0.2)), seq(0, 100, 20))
    mtext("Patients (%)", 1, 1.9, at = side * 0.7)
    text(side * 0.35, length(own) + 0.8, sprintf("%s  n = %d", arms[j], n_arm[j]), font = 2,
         col = colours[j], adj = c(c(1, 0)[j], 0.5))
  }
  text(0, y, own, font = ifelse(own == "Any of these", 2, 1))
  legend("top", c("Any grade, n (%)", "Grade 3–4, n"), fill = c("grey75", "grey30"), horiz = TRUE,
         bty = "n", inset = c(0, -0.12), xpd = NA, cex = 7 / 8)
}
figure("safety", 3.65, list(list(butterfly)))
