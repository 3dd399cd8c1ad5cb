// Certificates for the tests, made by openssl(1) in a folder: an authority of their own, and for each way in which a
// certificate can be bad a server's that is.

export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface Certificates {
  /** PEM of the authority. */
  readonly authority: string;
  /** For all of `names`. */
  readonly good: KeyPair;
  readonly wrongName: KeyPair;
  readonly selfSigned: KeyPair;
  readonly expired: KeyPair;
  /** Of an authority that nobody knows. */
  readonly unknownAuthority: KeyPair;
}

const CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

export function makeCertificates(folder: string, names: readonly string[]): Certificates {
  makeAuthority(folder, "authority");
  makeAuthority(folder, "stranger");
  const leaf = (name: string, issuer: string, san: readonly string[], end = "20990101000000Z"): KeyPair => {
    const file = (kind: string) => `${folder}/${name}.${kind}`;
    openssl(["req", ...CURVE, "-keyout", file("key"), "-out", file("csr"), "-subj", `/CN=${name}`]);
    Deno.writeTextFileSync(file("ext"), `subjectAltName=${san.map((each) => `DNS:${each}`).join(",")}\n`);
    const issue = ["ca", "-batch", "-config", `${folder}/${issuer}.cnf`, "-extfile", file("ext")];
    openssl([
      ...issue,
      "-startdate",
      "20200101000000Z",
      "-enddate",
      end,
      "-in",
      file("csr"),
      "-out",
      file("crt"),
    ]);
    return { cert: Deno.readTextFileSync(file("crt")), key: Deno.readTextFileSync(file("key")) };
  };
  const selfSigned = ["req", "-x509", ...CURVE, "-days", "30", "-subj", "/CN=self", "-addext"];
  openssl([
    ...selfSigned,
    `subjectAltName=DNS:self.example`,
    ...["-keyout", `${folder}/self.key`, "-out", `${folder}/self.crt`],
  ]);
  return {
    authority: Deno.readTextFileSync(`${folder}/authority.crt`),
    good: leaf("good", "authority", names),
    wrongName: leaf("wrong", "authority", ["another.example"]),
    expired: leaf("old", "authority", ["expired.example"], "20210101000000Z"),
    unknownAuthority: leaf("foreign", "stranger", ["stranger.example"]),
    selfSigned: {
      cert: Deno.readTextFileSync(`${folder}/self.crt`),
      key: Deno.readTextFileSync(`${folder}/self.key`),
    },
  };
}

function makeAuthority(folder: string, name: string): void {
  openssl([
    ...["req", "-x509", ...CURVE, "-days", "3650", "-subj", `/CN=${name}`],
    ...["-addext", "keyUsage=critical,keyCertSign", "-keyout", `${folder}/${name}.key`],
    ...["-out", `${folder}/${name}.crt`],
  ]);
  Deno.writeTextFileSync(`${folder}/${name}.index`, "");
  Deno.writeTextFileSync(
    `${folder}/${name}.cnf`,
    `[ca]
default_ca = this
[this]
certificate = ${folder}/${name}.crt
private_key = ${folder}/${name}.key
database = ${folder}/${name}.index
new_certs_dir = ${folder}
rand_serial = yes
default_md = sha256
unique_subject = no
policy = any
[any]
commonName = supplied
`,
  );
}

function openssl(args: readonly string[]): void {
  const { success, stderr } = new Deno.Command("openssl", {
    args: [...args],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).outputSync();
  if (!success) throw new Error(`openssl ${args[0]}: ${new TextDecoder().decode(stderr).trim()}`);
}
