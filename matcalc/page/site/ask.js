// The only module that knows where answers come from: a page without a server replaces it.

const here = new URL(".", location.href.split("#")[0].replace(/embed$/, ""));

export async function ask(call, given, signal) {
  try {
    const answer = await fetch(new URL(`api/${call}`, here), {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(given), signal, credentials: "omit",
    });
    if (answer.status === 429 || answer.status === 503) {
      await new Promise((go, stop) => {
        const timer = setTimeout(go, 1000 * Number(answer.headers.get("retry-after") || 1));
        signal?.addEventListener("abort", () => { clearTimeout(timer); stop(signal.reason); });
      });
      return await ask(call, given, signal);
    }
    return await answer.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return { ok: false, error: { kind: "away", message: "the server does not answer", hint: "is matcalc serve still running?" } };
  }
}
