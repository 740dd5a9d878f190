// A page in a headless Chromium, driven through the DevTools protocol over a pipe: nothing to install but the browser.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--hide-scrollbars',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--remote-debugging-pipe']

/** How long a condition may take to become true. */
const TIMEOUT = 20_000

export class Page {
  /** Errors on the console, exceptions, and failed requests. */
  errors = []
  #browser
  #profile = mkdtempSync(join(tmpdir(), 'hello-'))
  #waiting = new Map()
  #sent = 0
  #session

  static async open() {
    const page = new Page()
    page.#start()
    const { targetId } = await page.#send('Target.createTarget', { url: 'about:blank' })
    page.#session = (await page.#send('Target.attachToTarget', { targetId, flatten: true })).sessionId
    for (const domain of ['Page', 'Runtime', 'Log']) await page.#send(`${domain}.enable`)
    return page
  }

  #start() {
    const stdio = ['ignore', 'ignore', 'ignore', 'pipe', 'pipe']
    this.#browser = spawn('chromium', [...FLAGS, `--user-data-dir=${this.#profile}`], { stdio })
    let rest = ''
    this.#browser.stdio[4].setEncoding('utf8').on('data', text => {
      const messages = (rest + text).split('\0')
      rest = messages.pop()
      for (const message of messages) this.#receive(JSON.parse(message))
    })
  }

  #send(method, params = {}) {
    const id = ++this.#sent
    this.#browser.stdio[3].write(JSON.stringify({ id, method, params, sessionId: this.#session }) + '\0')
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject, method }))
  }

  #receive({ id, method, params, result, error }) {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error) waiting?.reject(new Error(`${waiting.method}: ${error.message}`))
    else waiting?.resolve(result)
    if (method === 'Runtime.exceptionThrown') this.errors.push(params.exceptionDetails.exception?.description)
    if (method === 'Log.entryAdded' && params.entry.level === 'error') this.errors.push(params.entry.text)
    if (method === 'Runtime.consoleAPICalled' && params.type === 'error') this.errors.push(params.args[0]?.value)
  }

  /** Evaluates an expression in the page. */
  async evaluate(expression) {
    const answer = await this.#send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
    if (answer.exceptionDetails) throw new Error(`${expression}: ${answer.exceptionDetails.exception?.description}`)
    return answer.result.value
  }

  /** Waits until an expression is true in the page. */
  async until(expression) {
    const deadline = Date.now() + TIMEOUT
    while (!await this.evaluate(expression)) {
      if (Date.now() > deadline) {
        throw new Error(`never true: ${expression}\n${await this.evaluate('document.body.innerText')}`)
      }
      await sleep(50)
    }
  }

  async goto(url) {
    await this.#send('Page.navigate', { url })
    await this.until(`document.readyState === 'complete' && location.href === ${JSON.stringify(url)}`)
  }

  /** Sets the size of the window, whether the user prefers dark pages, and whether scripts run. */
  async emulate({ width = 1200, height = 900, dark = false, scripts = true }) {
    const features = [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }]
    await this.#send('Emulation.setEmulatedMedia', { features })
    await this.#send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false })
    await this.#send('Emulation.setScriptExecutionDisabled', { value: !scripts })
  }

  async press(key) {
    const codes = { Tab: 9, Enter: 13 }
    const event = { key, code: key, windowsVirtualKeyCode: codes[key], text: key === 'Enter' ? '\r' : undefined }
    await this.#send('Input.dispatchKeyEvent', { type: 'keyDown', ...event })
    await this.#send('Input.dispatchKeyEvent', { type: 'keyUp', ...event, text: undefined })
  }

  /** Takes a screenshot of the window, or of the page from top to bottom. */
  async screenshot(whole = false) {
    const options = { format: 'png', captureBeyondViewport: whole }
    if (whole) {
      const { cssContentSize: size } = await this.#send('Page.getLayoutMetrics')
      options.clip = { x: 0, y: 0, width: size.width, height: size.height, scale: 1 }
    }
    return Buffer.from((await this.#send('Page.captureScreenshot', options)).data, 'base64')
  }

  async close() {
    const ended = new Promise(resolve => this.#browser.once('exit', resolve))
    this.#session = undefined
    await this.#send('Browser.close')
    await ended
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 })
  }
}
