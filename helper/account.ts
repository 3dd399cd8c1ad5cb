// System users by name, from /etc/passwd alone (passwd(5)): the helper's unit file cannot know the numbers, and no
// directory service is to be asked by a program with privilege. Pure.

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Null: there is no such user in the file, or its line is not one. */
export function accountIn(passwd: string, name: string): Account | null {
  for (const line of passwd.split("\n")) {
    const [found, , uid = "", gid = ""] = line.split(":");
    if (found !== name) continue;
    return isNumber(uid) && isNumber(gid) ? { uid: Number(uid), gid: Number(gid) } : null;
  }
  return null;
}

function isNumber(text: string): boolean {
  return /^(0|[1-9][0-9]{0,9})$/.test(text);
}
