// Draws each `.interactive` element of the page with Plotly, in the page's colours.
(() => {
  const types = { f4: Float32Array, f8: Float64Array, i4: Int32Array };
  const decoded = ({ dtype, bdata }) =>
    Array.from(new types[dtype](Uint8Array.from(atob(bdata), (letter) => letter.charCodeAt(0)).buffer));
  const font = () => {
    const style = getComputedStyle(document.body);
    return { color: style.color, family: style.fontFamily, size: 13 };
  };
  const places = [...document.querySelectorAll(".interactive")];
  for (const place of places) {
    const { data, layout } = JSON.parse(place.querySelector("script").textContent);
    for (const trace of data) {
      if (trace.customdata?.bdata) trace.customdata = decoded(trace.customdata);
      if (trace.vitreous_names) {
        const { names, of } = trace.vitreous_names;
        trace.text = decoded(of).map((index) => (index < 0 ? "" : ", " + names[index]));
        delete trace.vitreous_names;
      }
    }
    Plotly.newPlot(place, data, { ...layout, font: font() }, { displaylogo: false, responsive: true });
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
    places.forEach((place) => Plotly.relayout(place, { font: font() }))
  );
})();
