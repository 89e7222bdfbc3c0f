import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const EC = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';

/** Certificates that openssl makes in a folder of their own, `NAME.pem` with `NAME.key`. */
export class OpensslCertificates {
  readonly folder = mkdtempSync(join(tmpdir(), 'certificates-'));

  at(file: string): string {
    return join(this.folder, file);
  }

  /** Signed by itself. */
  authority(name: string): void {
    this.#openssl(`req -x509 ${EC} -days 2 -subj /CN=${name} -keyout ${name}.key -out ${name}.pem`);
  }

  /** Signed by an authority for one use. */
  signed(name: string, by: string, use: 'clientAuth' | 'serverAuth', days = 2): void {
    this.#openssl(`req ${EC} -subj /CN=${name} -keyout ${name}.key -out ${name}.csr`);
    writeFileSync(this.at('use.cnf'), `extendedKeyUsage=${use}\nsubjectAltName=IP:127.0.0.1\n`);
    const ca = `-CA ${by}.pem -CAkey ${by}.key -CAcreateserial`;
    this.#openssl(`x509 -req -in ${name}.csr ${ca} -days ${days} -extfile use.cnf -out ${name}.pem`);
  }

  #openssl(line: string): void {
    execFileSync('openssl', line.split(' '), { stdio: 'ignore', cwd: this.folder });
  }
}
