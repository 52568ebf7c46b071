import type { Command } from "commander";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** A script for a shell's own completion, made of the commands and options that there are. */
export function completionScript(shell: Shell, { commands }: Pick<Command, "commands">): string {
  const names = commands.map((command) => command.name());
  const optionsOf = (command: Command) => command.options.flatMap(({ long }) => long ?? []);
  switch (shell) {
    case "bash":
      return [
        "_loopty() {",
        "  local word=$2 words=",
        `  case "$\{COMP_WORDS[1]}" in`,
        ...commands.map((each) => `    ${each.name()}) words="${optionsOf(each).join(" ")}" ;;`),
        "  esac",
        `  [ "$COMP_CWORD" = 1 ] && words="${names.join(" ")}"`,
        '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
        "}",
        "complete -o default -F _loopty loopty",
        "",
      ].join("\n");
    case "zsh":
      return `autoload -U +X bashcompinit && bashcompinit\n${completionScript("bash", { commands })}`;
    case "fish":
      return [
        ...commands.map(
          (each) =>
            `complete -c loopty -n __fish_use_subcommand -a ${each.name()} -d ${singleQuoted(each.description())}`,
        ),
        ...commands.flatMap((each) =>
          each.options.flatMap(({ long, description }) =>
            long === undefined
              ? []
              : [
                  `complete -c loopty -n "__fish_seen_subcommand_from ${each.name()}" -l ${long.slice(2)} -d ${singleQuoted(description)}`,
                ],
          ),
        ),
        "",
      ].join("\n");
  }
}

function singleQuoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
