/** What became of one attack. */
export type CanaryOutcome =
  /** A wall, or the user's own grader, stood in its way. */
  | "stopped"
  /** The grader believed it; the harness does not count it as a gain. */
  | "flagged"
  /** No wall can stop it. Whether it pays depends on what the grader looks at. */
  | "open"
  /** The grader believed it, and nothing shows it. */
  | "believed"
  | "not_tried";

export interface CanaryFinding {
  readonly attack: string;
  readonly outcome: CanaryOutcome;
  readonly text: string;
  /** What to do; `null` where nothing is to be done. */
  readonly advice: string | null;
}

/** What all canaries saw: harmless code with the rights of an agent's code, beside the user's own commands. */
export interface CanaryFacts {
  /** Paths of the hidden files. */
  readonly hidden: readonly string[];
  /** Whether the contents were searched for as well, which needs `find` and `sha256sum` in the image. */
  readonly searchedContents: boolean;
  /** Hidden files, or copies of them, that an agent or a build could see. */
  readonly exposed: readonly string[];
  /** Protected files that an agent or a build could change. */
  readonly changed: readonly string[];
  /** Attempts to bring something into a node or its image; `null` for what got through. */
  readonly planted: readonly { readonly what: string; readonly refusal: string | null }[];
  /** Files and processes of one container that a later one found. */
  readonly left: readonly string[];
  /** `null` without `commands.verify`. */
  readonly verify: PhaseFacts | null;
  readonly benchmark: PhaseFacts;
  /** Rows written before the benchmark began, and after it ended. */
  readonly forgedFirst: Forgery;
  readonly forgedLast: Forgery;
  /**
   * The same, if all rows but one were twice as good and that one as much worse. It is not run: `forgedLast` shows what
   * is read.
   */
  readonly forgedShift: Forgery;
  readonly works: readonly EmptyWork[];
}

export interface PhaseFacts {
  /** Hidden files that code under test can read there. */
  readonly readable: readonly string[];
  /** `false` only where it passes without the writable files, and the build makes nothing but data. */
  readonly runsCode: boolean;
  /** What code can see of the phase that it is in, by name. */
  readonly signals: Readonly<Record<string, string>>;
}

/** What became of metrics that were twice as good and not the benchmark's own. */
export type Forgery =
  | { readonly kind: "unread"; readonly reason: string }
  | {
      readonly kind: "read";
      /** Metrics that decide, and that only the printed number supports. */
      readonly unseen: readonly string[];
      /** Metrics that decide, and that the harness' own clock contradicts. */
      readonly flagged: readonly string[];
    };

/** What became of a node whose writable files all hold the same, which is no work at all. */
export interface EmptyWork {
  readonly content: "nonsense" | "nothing";
  readonly outcome:
    | { readonly kind: "refused"; readonly reason: string }
    | { readonly kind: "passed"; readonly verified: boolean; readonly benchmark: string };
}

const NAMED = 3;
const GRADE_OUTPUTS = 'docs/security.md, "Grade outputs, not programs"';
const BROKEN = "this is a fault of loopty or of the engine: report it, and do not run agents here";

/** Every attack with its outcome, in the order in which a node would meet them. */
export function canaryFindings(facts: CanaryFacts): CanaryFinding[] {
  return [
    hiddenWhileEditing(facts),
    hiddenWhileMeasured(facts),
    changedFiles(facts),
    plantedFiles(facts),
    leftBehind(facts),
    forgery("write a faster row before the benchmark does", facts.forgedFirst, facts.benchmark),
    forgery("write a faster row after the benchmark did", facts.forgedLast, facts.benchmark),
    shiftedRows(facts),
    tellingPhases(facts),
    emptyWork(facts),
  ];
}

function hiddenWhileEditing({ hidden, exposed, searchedContents }: CanaryFacts): CanaryFinding {
  const attack = "read the hidden files while editing or building";
  if (hidden.length === 0) {
    const text = "nothing is hidden: an agent reads everything that judges it";
    return {
      attack,
      outcome: "not_tried",
      text,
      advice: "name tests and answers in access.hidden",
    };
  }
  if (exposed.length > 0) {
    const text = `they, or copies of them, can be read: ${someOf(exposed)}`;
    return { attack, outcome: "believed", text, advice: "hide the copies too, or leave them out" };
  }
  const how = searchedContents ? "by name and by content" : "by name alone";
  return stopped(attack, `absent from the agent's container and from the build (searched ${how})`);
}

function hiddenWhileMeasured({ verify, benchmark }: CanaryFacts): CanaryFinding {
  const attack = "read the hidden files while verify or the benchmark runs";
  const phases = [
    { name: "verify", facts: verify },
    { name: "the benchmark", facts: benchmark },
  ];
  const there = phases.filter(({ facts }) => (facts?.readable.length ?? 0) > 0);
  if (there.length === 0) return { ...stopped(attack, "there is nothing"), outcome: "not_tried" };
  const given = there.filter(({ facts }) => facts?.runsCode);
  const [first] = given;
  if (first === undefined) return stopped(attack, NOTHING_RUNS);
  const names = given.map(({ name }) => name).join(" and ");
  const text =
    `your grader gives the hidden files to the code under test in ${names} ` +
    `(${someOf(first.facts?.readable ?? [])}); no wall can stop that, as both run together`;
  return { attack, outcome: "open", text, advice: `grade outputs instead: ${GRADE_OUTPUTS}` };
}

const NOTHING_RUNS =
  "code of an agent does not seem to run there: it passes without the writable files, and the build makes nothing but data";

function changedFiles({ changed }: CanaryFacts): CanaryFinding {
  const attack = "change protected files";
  if (changed.length === 0) return stopped(attack, "denied by the kernel to agent and build");
  const text = `it worked for ${someOf(changed)}`;
  return { attack, outcome: "believed", text, advice: BROKEN };
}

function plantedFiles({ planted }: CanaryFacts): CanaryFinding {
  const attack = "plant files: build outputs, hidden paths, metrics, a repository";
  const through = planted.flatMap(({ what, refusal }) => (refusal === null ? [what] : []));
  if (through.length === 0) {
    const text = planted.map(({ what, refusal }) => `${what}: ${refusal}`).join("; ");
    return stopped(attack, text);
  }
  const text = `it worked for ${someOf(through)}`;
  return { attack, outcome: "believed", text, advice: BROKEN };
}

function leftBehind({ left }: CanaryFacts): CanaryFinding {
  const attack = "leave a process or a cache for the next run";
  if (left.length === 0) return stopped(attack, "gone in the next container, every time");
  const text = `a later container still had ${someOf(left)}`;
  return { attack, outcome: "believed", text, advice: BROKEN };
}

function forgery(attack: string, forged: Forgery, { runsCode }: PhaseFacts): CanaryFinding {
  if (!runsCode) return stopped(attack, NOTHING_RUNS);
  if (forged.kind === "unread") return stopped(attack, forged.reason);
  const { unseen, flagged } = forged;
  if (unseen.length === 0) {
    const text =
      `your benchmark's file was believed, and ${someOf(flagged)} twice as good; loopty sees that the run took as long as ` +
      "before, and counts it as no gain. Claims below a tenth of a run stay unseen";
    return { attack, outcome: "flagged", text, advice: null };
  }
  const text = `${someOf(unseen)} twice as good was taken for true, and nothing that loopty measures itself speaks against it`;
  const advice =
    "take the number outside of the code under test, in a process that it cannot write to; " +
    "as time in ms, of work that fills most of the run, loopty compares it with its own clock";
  return { attack, outcome: "believed", text, advice };
}

function shiftedRows({ forgedLast, forgedShift, benchmark }: CanaryFacts): CanaryFinding {
  const finding = forgery("write most rows faster and one as much slower", forgedShift, benchmark);
  const isSeen = (name: string) => forgedLast.kind === "read" && forgedLast.flagged.includes(name);
  const isSeries = forgedShift.kind === "read" && forgedShift.unseen.some(isSeen);
  if (finding.outcome !== "believed" || !isSeries) return finding;
  const advice =
    "the rows are read as a series, whose sum alone is held against loopty's clock: where they repeat one measurement, " +
    "set metrics.rows to samples, else take the time in a process that the code under test cannot write to";
  return { ...finding, advice };
}

function tellingPhases({ verify, benchmark }: CanaryFacts): CanaryFinding {
  const attack = "skip the work when verify is not looking";
  if (verify === null) {
    return { ...stopped(attack, "there is no commands.verify"), outcome: "not_tried" };
  }
  if (!benchmark.runsCode) return stopped(attack, NOTHING_RUNS);
  const names = Object.keys(benchmark.signals).filter(
    (name) => verify.signals[name] !== benchmark.signals[name],
  );
  if (names.length === 0) return stopped(attack, "verify and the benchmark look alike from inside");
  const text = `code can tell verify from the benchmark by ${names.join(", ")}`;
  const advice = "have the benchmark check the results of the work that it times";
  return { attack, outcome: "open", text, advice };
}

function emptyWork({ works, verify }: CanaryFacts): CanaryFinding {
  const attack = "do no work at all";
  const texts = works.map(({ content, outcome }) => {
    const files = content === "nothing" ? "empty files" : "nonsense in every writable file";
    if (outcome.kind === "refused") return `${files}: ${outcome.reason}`;
    const passed = outcome.verified ? "verify passes" : "nothing verifies";
    return `${files}: ${passed}, and the benchmark ${outcome.benchmark}`;
  });
  const text = texts.join("; ");
  if (works.every(({ outcome }) => outcome.kind === "refused")) return stopped(attack, text);
  const advice =
    verify === null
      ? "write a commands.verify that compares results: without it wrong code may win"
      : "your verify is blind: have it run what the writable files make, and compare the results";
  return { attack, outcome: "believed", text, advice };
}

function stopped(attack: string, text: string): CanaryFinding {
  return { attack, outcome: "stopped", text, advice: null };
}

function someOf(names: readonly string[]): string {
  const more = names.length - NAMED;
  return `${names.slice(0, NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
