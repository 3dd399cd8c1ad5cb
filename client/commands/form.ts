// What an entry of the table of commands has. Types only.

export interface Option {
  /** "--json" */
  readonly name: string;
  /** The name of its value in help, "PATH"; null for a switch. */
  readonly value: string | null;
  readonly required: boolean;
  readonly description: string;
}

export interface Positional {
  /** "DOMAIN" */
  readonly name: string;
  readonly required: boolean;
  readonly description: string;
  /** What a completion offers here. */
  readonly kind: "domain" | "link" | "file" | "command" | "action";
}

export interface ExitStatus {
  /** "0", "128+N" */
  readonly status: string;
  readonly meaning: string;
}

export interface Command {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** Paragraphs that say what a person needs before using it. */
  readonly description: readonly string[];
  readonly options: readonly Option[];
  readonly positionals: readonly Positional[];
  /** Whether everything after the positionals belongs to a program: `[ARG...]`, flags too. DOMAIN can then be left
   * out, for --match or the person's default: a `--` stands in its place, or --match before it. */
  readonly takesProgram: boolean;
  /** Whether it asks the broker, and so takes --socket. */
  readonly asksBroker: boolean;
  readonly exitStatuses: readonly ExitStatus[];
  readonly examples: readonly string[];
}
