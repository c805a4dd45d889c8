// A Dovecot of the test's own: its configuration, certificates, users and mail lie in the test's folder, its ports are
// free ones, and it runs as whoever runs the test; where that is root, mail is handled as the user nobody.
//
// deliver() puts a message into a mailbox as a mail server would, without telling Dovecot. ask() is what somebody does
// with a mail program.
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { start, until } from '../gateway/gateway.mjs';

const isRoot = userInfo().uid === 0;
const nobody = isRoot ? Number(execFileSync('id', ['-u', 'nobody'])) : userInfo().uid;
const group = isRoot ? Number(execFileSync('id', ['-g', 'nobody'])) : userInfo().gid;

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

// A private authority and certificates of it, in the folder.
export class Authority {
  constructor(folder) {
    this.folder = folder;
    this.openssl('req', '-x509', ...this.newKey, '-days', '2', '-subj', '/CN=Rossi Authority', '-keyout', 'ca.key', '-out', 'ca.pem');
  }
  newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(...words) {
    execFileSync('openssl', words, { cwd: this.folder, stdio: ['ignore', 'ignore', 'pipe'] });
  }
  get pem() {
    return join(this.folder, 'ca.pem');
  }
  certify(name, alternative, days = '2') {
    writeFileSync(join(this.folder, `${name}.ext`), `subjectAltName=${alternative}`);
    this.openssl('req', ...this.newKey, '-subj', '/CN=server', '-keyout', `${name}.key`, '-out', `${name}.csr`);
    this.openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-days', days, '-extfile',
      `${name}.ext`, '-out', `${name}.pem`);
    return name;
  }
  certifyItself(name, alternative) {
    this.openssl('req', '-x509', ...this.newKey, '-days', '2', '-subj', '/CN=server', '-addext', `subjectAltName=${alternative}`,
      '-keyout', `${name}.key`, '-out', `${name}.pem`);
  }
}

export class Dovecot {
  // `mechanisms`: how to log in. `introspection`: the address of an authorisation server that says whose an access token
  // is. `plugins`: of mail and of IMAP, as Dovecot calls them.
  constructor(folder, certificate, { mechanisms = 'plain login', introspection = '', plugins = '' } = {}) {
    Object.assign(this, { folder, certificate, mechanisms, introspection, plugins });
    this.mail = join(folder, 'mail');
    mkdirSync(this.mail, { recursive: true });
    chmodSync(folder, 0o755); // nobody passes through
    this.own(this.mail);
  }

  own(path) {
    if (isRoot) chownSync(path, nobody, group);
  }

  async start() {
    this.imaps ??= await freePort();
    this.imap ??= await freePort();
    const user = userInfo().username;
    writeFileSync(join(this.folder, 'oauth2.conf'), `
introspection_mode = post
introspection_url = ${this.introspection}
username_attribute = username
active_attribute = active
active_value = true
`);
    writeFileSync(join(this.folder, 'dovecot.conf'), `
base_dir = ${this.folder}/run
state_dir = ${this.folder}/state
log_path = ${this.folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <${this.folder}/${this.certificate}.pem
ssl_key = <${this.folder}/${this.certificate}.key
disable_plaintext_auth = yes
auth_mechanisms = ${this.mechanisms}
${isRoot ? '' : `default_internal_user = ${user}\ndefault_internal_group = ${execFileSync('id', ['-gn']).toString().trim()}\ndefault_login_user = ${user}`}
first_valid_uid = 1
${this.introspection && `passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${this.folder}/oauth2.conf
}`}
passdb {
  driver = static
  mechanisms = plain login
  args = password=secret
}
userdb {
  driver = static
  args = uid=${nobody} gid=${group} home=${this.mail}/%u
}
mail_location = maildir:~/Maildir
mailbox_list_index = no
${this.plugins && `protocol imap {\n  mail_plugins = ${this.plugins}\n}`}
namespace inbox {
  inbox = yes
  mailbox Gesendet {
    auto = create
    special_use = \\Sent
  }
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${this.imap}
  }
  inet_listener imaps {
    port = ${this.imaps}
    ssl = yes
  }
}
service anvil {
  chroot =
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
`);
    this.child = start('dovecot', ['-F', '-c', join(this.folder, 'dovecot.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    this.child.stderr.on('data', (text) => (said += text));
    let over = null;
    this.child.ended.then((end) => (over = end), (error) => (over = error));
    await until('Dovecot', () => {
      if (over) throw new Error(`Dovecot ended: ${said} ${this.log}`);
      return new Promise((resolve) => {
        const socket = connect(this.imaps, '127.0.0.1', () => resolve(socket.destroy()));
        socket.on('error', () => resolve(false)).on('close', (failed) => resolve(!failed));
      });
    });
  }

  async stop() {
    this.child.kill('SIGTERM');
    await this.child.ended;
  }

  get log() {
    try {
      return readFileSync(join(this.folder, 'dovecot.log'), 'utf8');
    } catch {
      return '';
    }
  }

  maildir(user, folder = '') {
    return join(this.mail, user, 'Maildir', folder && `.${folder}`);
  }

  // Whole files only: written aside, then moved in, as Maildir wants it.
  deliver(user, text, folder = '') {
    const maildir = this.maildir(user, folder);
    for (const part of ['', 'tmp', 'new', 'cur']) {
      mkdirSync(join(maildir, part), { recursive: true });
      this.own(join(maildir, part));
    }
    this.own(join(this.mail, user));
    this.own(this.maildir(user));
    this.count = (this.count ?? 0) + 1;
    const name = `${Date.now()}.M${this.count}.test`;
    writeFileSync(join(maildir, 'tmp', name), text);
    this.own(join(maildir, 'tmp', name));
    renameSync(join(maildir, 'tmp', name), join(maildir, 'new', name));
  }

  // The files of a folder's messages.
  files(user, folder = '') {
    return ['new', 'cur'].flatMap((part) => {
      try {
        return readdirSync(join(this.maildir(user, folder), part));
      } catch {
        return []; // there is no such folder
      }
    });
  }

  // Says these commands one after the other, in a connection of its own.
  async ask(user, ...commands) {
    const socket = connectTls({ host: '127.0.0.1', port: this.imaps, rejectUnauthorized: false });
    let heard = '', broken = null;
    socket.on('data', (bytes) => (heard += bytes)).on('error', (error) => (broken = error));
    await until('the greeting', () => heard.startsWith('* OK'));
    for (const [number, command] of [`LOGIN ${user} secret`, ...commands].entries()) {
      socket.write(`a${number} ${command}\r\n`);
      const [, answer] = await until(`the answer to ${command}`, () => {
        if (broken) throw broken;
        return new RegExp(`^a${number} (\\w+)`, 'm').exec(heard);
      });
      if (answer !== 'OK') throw new Error(`${command}: ${heard}`);
    }
    socket.destroy();
  }

  // Every message of a folder, gone.
  expunge(user, folder = '') {
    for (const part of ['new', 'cur'])
      for (const name of readdirSync(join(this.maildir(user, folder), part))) rmSync(join(this.maildir(user, folder), part, name));
  }

  // Forgets which UIDs it has given, as after a move to another machine. While it is stopped. It makes UIDVALIDITY of the
  // time in seconds, so that the next one is another only in another second.
  async forgetUids(user, folder = '') {
    const list = readFileSync(join(this.maildir(user, folder), 'dovecot-uidlist'), 'utf8');
    const validity = Number(/ V([0-9]+)/.exec(list)[1]);
    for (const name of readdirSync(this.maildir(user, folder)))
      if (name.startsWith('dovecot')) rmSync(join(this.maildir(user, folder), name), { recursive: true });
    await until('another second', () => Date.now() / 1000 >= validity + 1);
  }
}
