import { Argument, type Command } from "commander";
import { completionScript, SHELLS } from "./completion.ts";
import type { CommandTable } from "./table.ts";

const TOPICS = "verdicts, metrics, config [key], images";

/** What people do with a command, by its name: below its options in `--help`. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  init: ["loopty init", "loopty init --json"],
  metrics: ["loopty metrics bench.json", "loopty metrics out.txt --format go"],
  doctor: ["loopty doctor", "loopty doctor --measure", "loopty doctor --verbose"],
  run: [
    "loopty run",
    "loopty run --experiments 5 --seed 2",
    "loopty run --resume",
    "loopty run --from champion",
    "loopty run --machines local,ssh://me@big-box",
  ],
  stop: ["loopty stop"],
  pin: ["loopty pin 1.3", "loopty pin 1.3#2", "loopty pin champion --remove"],
  freeze: ["loopty freeze 1.2"],
  note: ["loopty note 1.3 the table must stay below 32 KiB"],
  try: ['loopty try --from champion --patch faster.patch -m "unroll the inner loop"'],
  mcp: ["loopty mcp --install claude --yes"],
  runs: ["loopty runs"],
  tree: ["loopty tree", "loopty tree --best 3", "loopty tree --verdict improved,worse"],
  machines: ["loopty machines", "loopty machines --run 2 --json"],
  show: ["loopty show champion", "loopty show 1.3 --log build"],
  diff: ["loopty diff last", "loopty diff root champion"],
  context: ["loopty context champion"],
  serve: ["loopty serve", "loopty serve --port 8080"],
  compare: ["loopty compare root champion", "loopty compare 1.2 1.3"],
  reproduce: ["loopty reproduce champion", "loopty reproduce loopty/matmul:1.3"],
  shell: ["loopty shell champion"],
  apply: ["loopty apply champion", "loopty apply champion --distilled"],
  distill: ["loopty distill", "loopty distill 1.1.2 --tries 40"],
  report: ["loopty report", "loopty report 1 --markdown"],
  export: [
    "loopty export champion --patch faster.patch",
    "loopty export --csv",
    "loopty export --github-benchmark",
  ],
  clean: ["loopty clean --dry-run", "loopty clean --keep-best 3"],
  completion: ["loopty completion bash", "loopty completion fish"],
  help: ["loopty help verdicts", "loopty help config metrics.guards", "loopty help run"],
};

/** Adds `help` with its topics, and the examples to every command. */
export function addHelp(table: CommandTable, program: Command): void {
  program.helpCommand(false);
  table.group("Learn:");
  table.command("help [topic] [key]", `explain a command, or one of ${TOPICS}`).action(
    table.act(async (world, _options, topic, key) => {
      const { isHelpTopic, helpTopic } = await import("./help-topic.ts");
      const { printLines } = await import("../terminal/output.ts");
      const { EXIT } = await import("../exit.ts");
      if (topic !== undefined && isHelpTopic(topic)) {
        printLines(world.stdout, helpTopic(topic, key));
        return EXIT.done;
      }
      const command = program.commands.find((each) => each.name() === topic);
      if (topic !== undefined && command === undefined) {
        const { UserError } = await import("../../core/error.ts");
        throw new UserError(`there is no command and no topic ${JSON.stringify(topic)}`, {
          hint: `topics are ${TOPICS}; loopty --help lists the commands`,
        });
      }
      world.stdout.write((command ?? program).helpInformation());
      return EXIT.done;
    }),
  );
  table
    .command("completion", "print a script by which a shell completes commands and options")
    .addArgument(new Argument("<shell>").choices(SHELLS))
    .action(
      table.act(async (world, _options, shell) => {
        const { EXIT } = await import("../exit.ts");
        const known = SHELLS.find((each) => each === shell);
        if (known !== undefined) world.stdout.write(completionScript(known, program));
        return EXIT.done;
      }),
    );
  for (const command of program.commands) {
    const examples = EXAMPLES[command.name()] ?? [];
    if (examples.length === 0) continue;
    command.addHelpText("after", `\nExamples:\n${examples.map((line) => `  ${line}`).join("\n")}`);
  }
}
