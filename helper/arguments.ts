// The helper's command line, which only root's own unit file or the lab writes. Pure.

export interface HelperSettings {
  /** Where it listens. */
  readonly socket: string;
  /** Who is heard. */
  readonly brokerUid: number;
}

/** `--broker-uid UID [--socket PATH]`; a sentence where it is anything else. */
export function helperArguments(args: readonly string[], defaultSocket: string): HelperSettings | string {
  let socket = defaultSocket;
  let brokerUid: number | null = null;
  for (let index = 0; index < args.length; index += 2) {
    const value = args[index + 1];
    if (value === undefined) return `${args[index]} needs a value`;
    if (args[index] === "--socket") socket = value;
    else if (args[index] === "--broker-uid" && /^(0|[1-9][0-9]{0,9})$/.test(value)) brokerUid = Number(value);
    else return `usage: pvd-helper --broker-uid UID [--socket PATH]; not ${args[index]} ${value}`;
  }
  if (brokerUid === null) return "usage: pvd-helper --broker-uid UID [--socket PATH]";
  return { socket, brokerUid };
}
