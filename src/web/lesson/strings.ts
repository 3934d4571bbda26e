/**
 * All that the lesson says, by language. To add one, add it to `LANGUAGES` and
 * translate `en`: the type asks for every string. Formulas are as rich.tsx has
 * them.
 */

/** The languages of the page. */
export const LANGUAGES = ["en", "zh"] as const;

/** A language of the page. */
export type Language = typeof LANGUAGES[number];

const en = {
  languageName: "English",
  languageLabel: "Language",
  title: "A variational auto-encoder that trains on this page",
  lead: "Press *Train*. Your browser draws 12,000 digits, trains a VAE on " +
    "them, and ends with the bytes that this project has in git: the same rows " +
    "to the last digit, the same SHA-256. Nothing is loaded and nothing is sent.",

  // The laboratory
  laboratory: "Laboratory",
  settings: "Settings",
  network: "network",
  latent: "dim. of z",
  samples: "draws L",
  beta: "β",
  objective: "objective",
  steps: "steps",
  seed: "seed",
  seedRange: (most: number) => `a whole number from 0 to ${most}`,
  train: "Train",
  stop: "Stop",
  progress: "Training",
  idle: {
    tanh: "Ready: a network of 200 units on either side, batches of 100.",
    linear: "Ready: linear maps, p(x|z) Gaussian with variance 0.05, batches " +
      "of 100.",
  },
  making: "Drawing 12,000 digits …",
  training: (step: number, steps: number) => `step ${step} of ${steps}`,
  stopped: (step: number) => `stopped after step ${step}`,
  failed: (why: string) => `It failed: ${why}`,
  trained: (seconds: number, rate: number, threads: number) =>
    `done in ${seconds.toFixed(1)} s, ${Math.round(rate)} steps a second on ` +
    `${threads} thread${threads === 1 ? "" : "s"}`,
  stepUnit: "steps",
  terms: {
    elbo: "ELBO",
    reconstruction: "reconstruction",
    kl: "KL",
  },
  curvesAlt: (elbo: string, reconstruction: string) =>
    `ELBO and reconstruction over steps; on the test split now ${elbo} and ${reconstruction} nats`,
  klAlt: (kl: string) => `KL over steps; on the test split now ${kl} nats`,
  curvesCaption:
    "Nats per image. Thin: each minibatch; thick: the 2,000 test images.",
  earlierRuns: "In grey, the test ELBO of earlier runs:",
  identity: "$log p_θ(\\x) = ELBO + D_{KL}(q_φ(\\z|\\x) ‖ p_θ(\\z|\\x))$",
  elboEquation:
    "$ELBO = E_{q}[log p_θ(\\x|\\z)] − D_{KL}(q_φ(\\z|\\x) ‖ p(\\z))$",
  noBound: "nothing yet",
  elboPart: (value: string) => `ELBO ${value}`,
  logPart: (isExact: boolean, value: string) =>
    `log p(x) ${isExact ? "=" : "≈"} ${value}`,
  reconstructionPart: (value: string) => `reconstruction ${value}`,
  gapPart: (isExact: boolean, value: string) =>
    `KL(q ‖ p(z|x)) ${isExact ? "=" : "≈"} ${value}`,
  klPart: (value: string) => `KL(q ‖ p(z)) ${value}`,
  barsCaption:
    "Means of 20 test images, in nats. log p(x) is estimated by importance " +
    "sampling with 100 draws of z from q, which is on average a little too low.",
  barsCaptionExact:
    "Means of 20 test images, in nats. Nothing is estimated: of " +
    "linear maps and Gaussian pixels every part has a closed form.",
  planeAlt:
    "The means of q(z|x) of 500 test images in the latent plane, coloured by digit",
  planeDigits: "Show one digit",
  planeCaption:
    "Mean of q(z|x) of 500 test images; circles are 1, 2 and 3 standard " +
    "deviations of the prior.",
  planeChosen: "Of all dimensions, the two with the most KL.",
  planeBeyond: (count: number, reach: number) =>
    `${count} of them lie beyond ${reach}, and stand at the edge.`,
  picturesAlt: "Ten test images",
  reconstructionsAlt: "What the model makes of them, at the mean of q(z|x)",
  picturesCaption: "Test images above, E[x|z] at the mean of q(z|x) below.",
  dimensionsAlt: (used: number, all: number) =>
    `KL by latent dimension: ${used} of ${all} have 0.1 nats or more`,
  dimensionsCaption: "KL by latent dimension, in nats.",
  dimensionsUsed: (used: number, all: number) =>
    `${used} of ${all} have 0.1 or more.`,

  // The end of a run
  bytes: "The same bytes?",
  bytesBefore:
    "After the last step, the SHA-256 of train.csv and eval.csv stand here, " +
    "beside those of the run in git.",
  hashOf: (file: string) => `SHA-256 of ${file}`,
  same: "The same bytes.",
  other: "Other bytes: please report this.",
  compared: (name: string, steps: number, all: number) =>
    steps === all
      ? `All ${all} rows of \`${name}\` in git were compared, and its evaluations.`
      : `The first ${steps} of the ${all} rows of \`${name}\` in git were ` +
        `compared, and its evaluations so far.`,
  notCommitted:
    "No run in git has these settings. The command below makes the same files.",
  saveCsv: "Save train.csv",
  saveRun: "Save the run's folder",
  command:
    "In a clone, this trains the same run; `deno task diff` of both folders " +
    "calls them identical:",

  // The text
  tryIt: "Try it",
  sections: [
    {
      title: "Two networks",
      paragraphs: [
        "An image $\\x$ has a code $\\z$ of a few numbers. The *decoder* " +
        "$p_θ(\\x|\\z)$ gives each pixel's probability of being ink; before an " +
        "image is seen, a code is from $p(\\z) = N(0, I)$. Which codes could " +
        "have made an image? That is $p_θ(\\z|\\x)$, which nobody can compute. " +
        "The *encoder* stands in for it: $q_φ(\\z|\\x)$, a Gaussian whose mean " +
        "and variances are the outputs of a network.",
        "With two dimensions you can see it all: each dot is the mean of " +
        "$q_φ(\\z|\\x)$ of a test image. Watch the digits part while it trains.",
      ],
      tries: [{
        label: "z of 2 dimensions",
        set: { latent: 2, beta: 1, samples: 1 },
      }],
    },
    {
      title: "One identity",
      paragraphs: [
        "We want $log p_θ(\\x)$ to be large. For any $q$ it is the sum of two " +
        "parts: the evidence lower bound (ELBO), and how far $q$ is from the " +
        "true posterior. The second is never below 0, so the first is a bound. " +
        "The upper bar is this sum, for 20 test images: training moves both its " +
        "ends to the right, and what is left between them is the gap.",
        "The ELBO can be computed, as it has two terms of its own. The lower " +
        "bar is them: the *reconstruction*, from which a *KL* is taken off that " +
        "keeps the codes of all images near the prior.",
        "The gap here is an estimate. The average of $p_θ(\\x, \\z) / " +
        "q_φ(\\z|\\x)$ over draws of $\\z$ has the mean $p_θ(\\x)$, but its " +
        "logarithm is too small on average; more draws make it less so.",
        "One model needs no estimate: where both maps are linear and pixels are " +
        "Gaussian, $p_θ(\\x)$ and $p_θ(\\z|\\x)$ are Gaussians too, and every " +
        "part of the bar has a closed form. There the gap closes: at the end, " +
        "where the decoder has found the principal components, $q$ can be the " +
        "true posterior itself.",
      ],
      tries: [{
        label: "linear, exact",
        set: { network: "linear", latent: 2, beta: 1, samples: 1, steps: 6000 },
      }],
    },
    {
      title: "Why one draw is enough",
      paragraphs: [
        "The reconstruction is a mean over $q$, which training replaces by the " +
        "average of $L$ draws. With $L = 1$ that is a noisy number for one " +
        "image. But a step averages over 100 images, each with a draw of its " +
        "own, and over many steps: the noise of the draws is averaged already, " +
        "next to that of which images are in the batch. Ten draws cost nearly ten times as " +
        "much and move the curve very little. Train both; the first stays in grey.",
      ],
      tries: [
        { label: "L = 1", set: { latent: 2, beta: 1, samples: 1, steps: 600 } },
        {
          label: "L = 10",
          set: { latent: 2, beta: 1, samples: 10, steps: 600 },
        },
      ],
    },
    {
      title: "What β does",
      paragraphs: [
        "Weight the KL by $β$. With $β = 0$ nothing holds the codes: they leave " +
        "the prior, reconstructions get sharper, and the KL grows without end. " +
        "What was a bound on $log p_θ(\\x)$ is a bad one now. With $β = 4$ each " +
        "nat of information about the image costs four: codes draw together, " +
        "and images blur into their mean.",
      ],
      tries: [
        { label: "β = 0", set: { latent: 2, beta: 0, samples: 1 } },
        { label: "β = 1", set: { latent: 2, beta: 1, samples: 1 } },
        { label: "β = 4", set: { latent: 2, beta: 4, samples: 1 } },
      ],
    },
    {
      title: "Posterior collapse",
      paragraphs: [
        "A dimension that does not pay for its KL is given up: $q_φ(z_j|\\x)$ " +
        "becomes $p(z_j)$ for every image, its KL falls to 0, and the decoder " +
        "ignores it. See the bars by dimension: of twenty, all are in use at " +
        "$β = 1$; at $β = 8$ fifteen have fallen below 0.1 nats after 600 steps, " +
        "and what the others tell is too little for a sharp image.",
      ],
      tries: [
        {
          label: "z of 20, β = 1",
          set: { latent: 20, beta: 1, samples: 1, steps: 600 },
        },
        {
          label: "z of 20, β = 8",
          set: { latent: 20, beta: 8, samples: 1, steps: 600 },
        },
      ],
    },
    {
      title: "Why the bytes are the same",
      paragraphs: [
        "All random numbers come from one generator, keyed by seed, purpose and " +
        "step, so no draw depends on what was drawn before. The engine is " +
        "WebAssembly, whose +, −, ×, / and √ have one right answer to the bit, " +
        "and it builds its own exp and log of them. Every sum is added in one " +
        "order. So a number in a column is not near to that of another machine: " +
        "it is that number, and one hash tells whether all of them are.",
      ],
      tries: [],
    },
  ] as readonly Section[],
};

/** A part of the text. */
interface Section {
  readonly title: string;
  readonly paragraphs: readonly string[];
  /** buttons that set the laboratory and train */
  readonly tries: readonly {
    readonly label: string;
    readonly set: {
      /** absent: tanh */
      readonly network?: "tanh" | "linear";
      readonly latent?: number;
      readonly samples?: number;
      readonly beta?: number;
      readonly steps?: number;
    };
  }[];
}

/** All strings of a language. */
export type Strings = typeof en;

const zh: Strings = {
  languageName: "中文",
  languageLabel: "语言",
  title: "在这个页面上训练的变分自编码器（VAE）",
  lead:
    "点击*训练*。浏览器会画出 12,000 个数字，在它们上面训练一个 VAE，最后得到" +
    "与本项目 git 中完全相同的字节：每一行、每一位都相同，SHA-256 也相同。" +
    "页面不加载也不发送任何东西。",

  laboratory: "实验台",
  settings: "设置",
  network: "网络",
  latent: "z 的维数",
  samples: "采样数 L",
  beta: "β",
  objective: "目标",
  steps: "步数",
  seed: "种子",
  seedRange: (most) => `0 到 ${most} 的整数`,
  train: "训练",
  stop: "停止",
  progress: "训练进度",
  idle: {
    tanh: "就绪：编码器与解码器各有 200 个隐藏单元，每批 100 张图像。",
    linear: "就绪：线性映射，p(x|z) 为方差 0.05 的高斯分布，每批 100 张图像。",
  },
  making: "正在画 12,000 个数字……",
  training: (step, steps) => `第 ${step} 步，共 ${steps} 步`,
  stopped: (step) => `在第 ${step} 步后停止`,
  failed: (why) => `出错了：${why}`,
  trained: (seconds, rate, threads) =>
    `用时 ${seconds.toFixed(1)} 秒，每秒 ${
      Math.round(rate)
    } 步，${threads} 个线程`,
  stepUnit: "步",
  terms: { elbo: "ELBO", reconstruction: "重构项", kl: "KL" },
  curvesAlt: (elbo, reconstruction) =>
    `ELBO 与重构项随步数的变化；测试集上现在是 ${elbo} 与 ${reconstruction} 奈特`,
  klAlt: (kl) => `KL 随步数的变化；测试集上现在是 ${kl} 奈特`,
  curvesCaption:
    "单位：每张图像的奈特。细线：每个小批量；粗线：2,000 张测试图像。",
  earlierRuns: "灰线是先前各次训练在测试集上的 ELBO：",
  identity: en.identity,
  elboEquation: en.elboEquation,
  noBound: "还没有结果",
  elboPart: (value) => `ELBO ${value}`,
  logPart: en.logPart,
  reconstructionPart: (value) => `重构项 ${value}`,
  gapPart: en.gapPart,
  klPart: (value) => `KL(q ‖ p(z)) ${value}`,
  barsCaption: "20 张测试图像的平均值，单位奈特。log p(x) 由重要性采样估计，" +
    "每张图像从 q 中采 100 个 z，平均而言略微偏低。",
  barsCaptionExact:
    "20 张测试图像的平均值，单位奈特。没有估计值：映射是线性的，像素是高斯的，每一部分都有闭式解。",
  planeAlt: "500 张测试图像的 q(z|x) 的均值在隐变量平面上的位置，按数字着色",
  planeDigits: "只看一个数字",
  planeCaption: "500 张测试图像的 q(z|x) 的均值；圆是先验的 1、2、3 倍标准差。",
  planeChosen: "画的是 KL 最大的两个维度。",
  planeBeyond: (count, reach) => `其中 ${count} 个超出 ${reach}，画在边缘上。`,
  picturesAlt: "十张测试图像",
  reconstructionsAlt: "模型在 q(z|x) 的均值处对它们的重构",
  picturesCaption: "上：测试图像；下：z 取 q(z|x) 的均值时的 E[x|z]。",
  dimensionsAlt: (used, all) =>
    `各隐变量维度的 KL：${all} 个中有 ${used} 个不小于 0.1 奈特`,
  dimensionsCaption: "各隐变量维度的 KL，单位奈特。",
  dimensionsUsed: (used, all) => `${all} 个中有 ${used} 个不小于 0.1。`,

  bytes: "字节相同吗？",
  bytesBefore:
    "最后一步之后，这里会显示 train.csv 与 eval.csv 的 SHA-256，并与 git 中的结果比较。",
  hashOf: (file) => `${file} 的 SHA-256`,
  same: "字节完全相同。",
  other: "字节不同：请报告这个问题。",
  compared: (name, steps, all) =>
    steps === all
      ? `比较了 git 中 \`${name}\` 的全部 ${all} 行，以及它的各次评估。`
      : `比较了 git 中 \`${name}\` 的 ${all} 行中的前 ${steps} 行，以及这些步的各次评估。`,
  notCommitted: "git 中没有这组设置的结果。下面的命令会得到同样的文件。",
  saveCsv: "保存 train.csv",
  saveRun: "保存整个结果文件夹",
  command:
    "在项目的克隆中，下面的命令训练同一个模型；`deno task diff` 会说两个文件夹相同：",

  tryIt: "试一试",
  sections: [
    {
      title: "两个网络",
      paragraphs: [
        "一张图像 $\\x$ 对应一个只有几个数的隐变量 $\\z$。*解码器* $p_θ(\\x|\\z)$ " +
        "给出每个像素是墨的概率；看到图像之前，隐变量服从 $p(\\z) = N(0, I)$。" +
        "哪些隐变量可能产生这张图像？这是 $p_θ(\\z|\\x)$，没有人能算出它。" +
        "*编码器*代替它：$q_φ(\\z|\\x)$ 是一个高斯分布，均值和方差由网络给出。",
        "两维时一切都看得见：每个点是一张测试图像的 $q_φ(\\z|\\x)$ 的均值。" +
        "训练时可以看到各个数字逐渐分开。",
      ],
      tries: [{ label: "z 为 2 维", set: { latent: 2, beta: 1, samples: 1 } }],
    },
    {
      title: "一个恒等式",
      paragraphs: [
        "我们希望 $log p_θ(\\x)$ 大。对任何 $q$，它都是两部分之和：证据下界（ELBO）" +
        "和 $q$ 与真实后验之间的 KL 散度。后者不小于 0，所以前者是下界。" +
        "上面的条形就是这个和（20 张测试图像的平均）：训练把两个端点都向右推，" +
        "两端之间剩下的就是差距。",
        "ELBO 可以计算，因为它自己也有两项。下面的条形就是这两项：*重构项*减去 *KL*，" +
        "后者让所有图像的隐变量留在先验附近。",
        "这里的差距是估计值。$p_θ(\\x, \\z) / q_φ(\\z|\\x)$ 对 $\\z$ 的采样平均的期望是 " +
        "$p_θ(\\x)$，但它的对数平均偏小；采样越多，偏差越小。",
        "有一个模型不需要估计：映射是线性的、像素是高斯的时候，$p_θ(\\x)$ 和 " +
        "$p_θ(\\z|\\x)$ 也是高斯分布，条形的每一部分都有闭式解。这时差距会消失：" +
        "最后解码器找到主成分，$q$ 就可以是真实后验本身。",
      ],
      tries: [{
        label: "线性，精确",
        set: { network: "linear", latent: 2, beta: 1, samples: 1, steps: 6000 },
      }],
    },
    {
      title: "为什么采样一次就够",
      paragraphs: [
        "重构项是对 $q$ 的期望，训练时用 $L$ 次采样的平均代替。$L = 1$ 时，对一张图像" +
        "来说这个数噪声很大。但每一步对 100 张图像取平均，每张都有自己的采样，还有很多步：" +
        "采样的噪声已经被平均了，而批次中有哪些图像本身也带来噪声。采样十次几乎要花十倍的时间，" +
        "曲线却几乎不变。两种都训练一下；先训练的会以灰线留下。",
      ],
      tries: [
        { label: "L = 1", set: { latent: 2, beta: 1, samples: 1, steps: 600 } },
        {
          label: "L = 10",
          set: { latent: 2, beta: 1, samples: 10, steps: 600 },
        },
      ],
    },
    {
      title: "β 的作用",
      paragraphs: [
        "给 KL 加权 $β$。$β = 0$ 时没有什么约束隐变量：它们离开先验，重构更清晰，" +
        "KL 不断增大，对 $log p_θ(\\x)$ 来说成了很差的下界。$β = 4$ 时，关于图像的每一奈特" +
        "信息都要付四倍的代价：隐变量挤在一起，图像模糊成它们的平均。",
      ],
      tries: [
        { label: "β = 0", set: { latent: 2, beta: 0, samples: 1 } },
        { label: "β = 1", set: { latent: 2, beta: 1, samples: 1 } },
        { label: "β = 4", set: { latent: 2, beta: 4, samples: 1 } },
      ],
    },
    {
      title: "后验坍塌",
      paragraphs: [
        "一个维度如果抵不上它的 KL，就会被放弃：对每张图像 $q_φ(z_j|\\x)$ 都变成 " +
        "$p(z_j)$，它的 KL 降到 0，解码器不再理会它。看各维度的条形：$β = 1$ 时二十维都在用；" +
        "$β = 8$ 时，600 步之后有十五维低于 0.1 奈特，其余各维的信息不足以画出清晰的图像。",
      ],
      tries: [
        {
          label: "z 为 20 维，β = 1",
          set: { latent: 20, beta: 1, samples: 1, steps: 600 },
        },
        {
          label: "z 为 20 维，β = 8",
          set: { latent: 20, beta: 8, samples: 1, steps: 600 },
        },
      ],
    },
    {
      title: "为什么字节相同",
      paragraphs: [
        "所有随机数都来自同一个生成器，由种子、用途和步数决定，所以没有一次采样依赖于" +
        "之前的采样。引擎是 WebAssembly，它的 +、−、×、/ 和 √ 每一位都有唯一正确的答案，" +
        "exp 与 log 由它们自己构成。每个求和都按同一个顺序。因此表格里的数不是与另一台机器" +
        "上的数接近，而就是那个数；一个哈希值就能说明是否全部相同。",
      ],
      tries: [],
    },
  ],
};

/** The strings by language. */
export const STRINGS: Readonly<Record<Language, Strings>> = { en, zh };
