/** A figure of a bench as the page of figures names it. */
export interface Shown {
  readonly label: string;
  /** Where it stands in `figures`, for example `wheel.late.f1` or `runs.0.p99Ms`. */
  readonly path: string;
  readonly unit?: string;
}

export interface ShownBench {
  readonly bench: string;
  readonly title: string;
  /** What is asked and how, in a sentence or two. */
  readonly about: string;
  readonly rows: readonly Shown[];
}

const row = (label: string, path: string, unit?: string): Shown => ({ label, path, ...(unit === undefined ? {} : { unit }) });
const rowsOf = (sets: readonly (readonly [key: string, name: string])[], fields: readonly (readonly [field: string, name: string])[]): Shown[] =>
  sets.flatMap(([key, name]) => fields.map(([field, what]) => row(`${name}: ${what}`, `${key}.${field}`)));

/** What the page of figures shows of each bench, in its order. */
export const shown: readonly ShownBench[] = [
  {
    bench: "skab",
    title: "A pump on a test bench",
    about: "34 runs of the Skoltech Anomaly Benchmark, one after the other; each is judged on arrival by a model that has learnt from the answers about earlier runs only. Late are runs 18 to 34.",
    rows: [
      row("Wheel, all runs: F1 of rows", "wheel.all.f1"),
      row("Wheel, all runs: false alarm rate", "wheel.all.far"),
      row("Wheel, late runs: F1 of rows", "wheel.late.f1"),
      row("Wheel, late runs: false alarm rate", "wheel.late.far"),
      row("Without any answer: F1 of rows", "unlabelled.f1"),
      row("Without any answer: false alarm rate", "unlabelled.far"),
      row("Without any answer: VUS-PR", "unlabelled.vusPr"),
      row("Without any answer: VUS-PR of chance", "unlabelled.chanceVusPr"),
      row("A clock instead of a model, late runs: F1 (the faults come at much the same time in each run)", "clock.late.f1"),
      row("Rows of a quiet run called a fault", "calm.far"),
      row("The runs shifted in time: F1", "shift.f1"),
      row("The same rows, not shifted: F1", "shift.same"),
      row("Runs played live over MQTT", "live.runs"),
      row("of them with the same verdicts as recorded", "live.agree"),
    ],
  },
  {
    bench: "accuracy",
    title: "Questions to tables",
    about: "`millrace try` with its defaults, the same for all sets, by the protocols in print; the peers stand beside at their own defaults.",
    rows: [
      row("Tennessee Eastman, faults found without 3, 9, 15: share of rows", "tep.fdr18"),
      row("Tennessee Eastman, false alarm rate", "tep.far"),
      row("Tennessee Eastman, which fault: mean recall", "tepClassify.recall"),
      ...rowsOf([["fd001", "Turbofan FD001"], ["fd003", "Turbofan FD003"]], [["rmse", "RMSE, capped at 125 cycles"], ["score", "score"], ["fitSeconds", "seconds to fit"]]),
      row("Steel plates, seven faults: accuracy", "steelPlates.accuracy"),
      row("AI4I machine failure: F1", "ai4i.f1"),
      row("CWRU bearings: accuracy", "cwru.accuracy"),
      ...rowsOf(
        [["debutanizer", "Debutanizer"], ["kamyr", "Kamyr digester"], ["turbineNox", "Gas turbine NOx"], ["turbineCo", "Gas turbine CO"], ["uniwear", "Tool wear"], ["pronostia", "PRONOSTIA bearings"]],
        [["rmse", "RMSE"], ["rmseSklearn", "RMSE of scikit-learn's best"], ["rmseLightgbm", "RMSE of LightGBM"]],
      ),
    ],
  },
  {
    bench: "speed",
    title: "Speed of learning",
    about: "Beside the peers in Python that one would take instead: the same data, the same two cores, two threads each, medians of five runs in turn. More than 1 is faster than the peer.",
    rows: [
      row("T2 and Q, fit and score, over PyOD", "mspc.ratio", "×"),
      row("Isolation forest, fit, over scikit-learn", "iforestFit.ratio", "×"),
      row("Isolation forest, many rows, over scikit-learn", "iforestBatch.ratio", "×"),
      row("Isolation forest, one row, over scikit-learn", "iforestRow.ratio", "×"),
      row("Nearest neighbours, over scikit-learn", "knn.ratio", "×"),
      row("Extra trees, classes, over scikit-learn", "extraTrees.ratio", "×"),
      row("Extra trees, numbers, over scikit-learn", "extraTreesNumbers.ratio", "×"),
      row("Boosted trees, over LightGBM", "boostedVsLightgbm.ratio", "×"),
      row("Boosted trees, over scikit-learn", "boostedVsSklearn.ratio", "×"),
      row("MiniRocket, over aeon", "minirocket.ratio", "×"),
      row("One block more, over River", "online.ratio", "×"),
      row("VUS-PR of 8,000 points, over TSB-AD", "vusPr.ratio", "×"),
      row("VUS-PR of 8,000 points", "vusPr.seconds", "s"),
      ...rowsOf(
        [["mspc", "T2 and Q"], ["extraTrees", "Extra trees, classes"], ["boostedVsLightgbm", "Boosted trees"], ["minirocket", "MiniRocket"]],
        [["seconds", "seconds"], ["peakMiB", "peak memory in MiB"], ["peerPeakMiB", "the peer's peak memory in MiB"]],
      ),
      row("Models compared with ONNX Runtime in Python", "parity.models"),
      row("Largest difference between the two", "parity.largest"),
    ],
  },
  {
    bench: "turn",
    title: "From an answer to a better model",
    about: "One answer more on a wheel of 50 signals, until a model that has learnt from it is judged and in force.",
    rows: [
      row("50,000 rows", "labelToLive.0.seconds", "s"),
      row("500,000 rows", "labelToLive.1.seconds", "s"),
      row("Ten times the rows take so many times as long", "ratio10x", "×"),
    ],
  },
  {
    bench: "try",
    title: "A first look at a recording",
    about: "`millrace try FILE` as a whole, the start of the program included.",
    rows: [
      row("SKAB run", "skab.seconds", "s"),
      row("Tennessee Eastman", "tennesseeEastman.seconds", "s"),
      row("A year of a gas turbine", "gasTurbineYear.seconds", "s"),
      row("its peak memory", "gasTurbineYear.peakMiB", "MiB"),
    ],
  },
  {
    bench: "gate",
    title: "The gate",
    about: "How often a challenger that is no better is promoted, looked at after each block, when errors come in bursts; and how soon one that halves the loss is.",
    rows: [
      ...[1.5, 20, 100].flatMap((burst, at) => [
        row(`Bursts of ${burst} rows, equal models: falsely promoted`, `equal.${at}.millrace`),
        row(`Bursts of ${burst} rows, equal models: McNemar's test on rows, for contrast`, `equal.${at}.mcnemar`),
        row(`Bursts of ${burst} rows, half the loss: promoted within 60,000 rows`, `halved.${at}.power`),
        row(`Bursts of ${burst} rows, half the loss: blocks until promoted, median`, `halved.${at}.medianBlocks`),
      ]),
      row("Drift of even losses, unrelated blocks: a turn asked for by chance, within 100 blocks", "drift.loss.1.within100.share"),
      row("Drift of inputs, unrelated blocks: a signal named by chance, at one look", "drift.input.0.look.share"),
      row("Drift of inputs, one of eight shifts by three spreads: named after ten blocks", "drift.power.2.ten.share"),
      row("Real runs, points above one who knows: every new model goes into force", "regret.always"),
      row("Real runs, points above one who knows: the first stays", "regret.never"),
      row("Real runs, points above one who knows: the gate", "regret.millrace"),
      row("A turn with 1,000 answered blocks of evidence", "cost.seconds", "s"),
      row("Peak memory of the site's process meanwhile", "cost.peakMiB", "MiB"),
    ],
  },
  {
    bench: "photocopy",
    title: "Models taught by their own answers",
    about: "Twelve faults of Tennessee Eastman, eight generations in which each model labels a thousand new rows for the next; accuracy and the recall of the worst class on a fixed exam of real rows, at the end. It begins at 0.90 and 0.30.",
    rows: ["Their own labels in place of the real ones", "A tenth real", "A quarter real", "Half real", "Real ones always kept", "Real ones kept, and 2 % answered by people", "Millrace: only what people answered"].flatMap((name, at) => [
      row(`${name}: accuracy`, `policies.${at}.accuracy.8`),
      row(`${name}: recall of the worst class`, `policies.${at}.worstRecall.8`),
    ]),
  },
  {
    bench: "forget",
    title: "Forgetting, proving again, and the ledger",
    about: "What is forgotten is gone as if it had never been seen; a past turn is run again to the same bytes; a ledger that was tampered with says so.",
    rows: [
      row("Bytes of the model that differ from one that never saw it", "bytesDifferent"),
      row("Seconds to forget", "seconds", "s"),
      row("Seconds to learn all again instead", "refitSeconds", "s"),
      row("Turns run again", "reproduced.turns"),
      row("of them with the same digest", "reproduced.identical"),
      row("Ledgers tampered with", "tampers.tried"),
      row("of them found", "tampers.found"),
    ],
  },
  {
    bench: "sums",
    title: "Forgetting far values",
    about: "A block far from the rest is taught and left out again; the total and the model must be those that never saw it.",
    rows: [0, 1, 2, 3].map((at) => row(`Case ${at + 1}: bytes of the model that differ`, `differences.${at}.modelBytesDifferent`)),
  },
  {
    bench: "crash",
    title: "Kills and power cuts",
    about: "A site under load is killed, or its disk loses what was not synced, at random moments; then every acknowledged sample, answer and turn is looked for.",
    rows: [
      row("Kills", "kills"),
      row("Power cuts", "powerCuts"),
      row("Samples acknowledged", "acked.samples"),
      row("Samples lost", "lost.samples"),
      row("Answers lost", "lost.labels"),
      row("Turns lost", "lost.turns"),
      row("Slowest start after one", "slowestReadySeconds", "s"),
      row("Samples lost by a disk that ignores syncs, for contrast", "power.control.samples"),
    ],
  },
  {
    bench: "ingest",
    title: "Samples in",
    about: "Durable values a second, acknowledged, killed afterwards and counted again; site and generator share two cores.",
    rows: [
      row("HTTP, line protocol", "http.valuesPerSecond", "/s"),
      row("MQTT, QoS 1, 100 values a message", "mqtt.valuesPerSecond", "/s"),
      row("50 devices with one message in flight", "oneInFlight.messagesPerSecond", "/s"),
      row("DuckDB's appender alone", "appender.valuesPerSecond", "/s"),
      row("Peak memory", "peakMiB", "MiB"),
    ],
  },
  {
    bench: "live",
    title: "Scoring live",
    about: "From the moment a row can be closed to its score, with a turn always running in the background.",
    rows: [0, 1].flatMap((at) => [
      row(at === 0 ? "Signals" : "Signals, the larger plant", `runs.${at}.signals`),
      row("half of the scores come within", `runs.${at}.p50Ms`, "ms"),
      row("99 % of the scores come within", `runs.${at}.p99Ms`, "ms"),
      row("delay of the main thread, 99 %", `runs.${at}.loopP99Ms`, "ms"),
      row("peak memory", `runs.${at}.peakMiB`, "MiB"),
    ]),
  },
  {
    bench: "start",
    title: "Starting",
    about: "`millrace up` until it says that it is ready.",
    rows: [
      row("A directory that exists, empty", "empty.readySeconds", "s"),
      row("Memory idle, empty", "empty.idleMiB", "MiB"),
      row("10 GB of samples", "archive.readySeconds", "s"),
      row("Memory idle, 10 GB", "archive.idleMiB", "MiB"),
    ],
  },
  {
    bench: "soak",
    title: "An hour of load",
    about: "HTTP and MQTT together, with turns.",
    rows: [
      row("Values acknowledged", "acknowledged"),
      row("Values lost", "lost"),
      row("Memory, slope", "slopeMiBPerHour.perHour", "MiB/h"),
      row("its 95 % interval, low", "slopeMiBPerHour.low", "MiB/h"),
      row("its 95 % interval, high", "slopeMiBPerHour.high", "MiB/h"),
      row("Peak memory", "peakMiB", "MiB"),
    ],
  },
  {
    bench: "bad-input",
    title: "Bad input",
    about: "Each door is handed what it should refuse; the whole table, row by row, is in the result file.",
    rows: [row("Inputs", "rows.length")],
  },
];
