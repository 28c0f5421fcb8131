"""What the report can say, in every language: {key: (English, Traditional Chinese)}.

Each phrase that states a finding belongs to one case; ``words`` chooses it and fills in the numbers.
"""
# ruff: noqa: E501 (a sentence is one line)

LANGUAGES = ("en", "zh-TW")

PHRASES = {
    # names of things
    "family plain": ("the plain control", "一般卷積對照組"),
    "family cnn": ("the CNN", "CNN"),
    "split validation": ("validation", "驗證集"),
    "split public": ("PublicTest", "PublicTest"),
    "split private": ("PrivateTest", "PrivateTest"),
    "split pooled": (
        "test",
        "測試集",
    ),
    "verdict ahead": ("ahead", "領先"),
    "verdict behind": ("behind", "落後"),
    "verdict inconclusive": ("cannot tell", "無法判定"),
    "status finished": ("finished", "完成"),
    "status failed": ("failed", "失敗"),
    "status diverged": ("diverged", "發散"),
    "status absent": ("not there", "缺少"),
    "network": ("{family} at width {width:g}", "寬度倍率 {width:g} 的 {family}"),
    "points": ("{value} points", "{value} 個百分點"),
    "range": ("{low} to {high}", "{low} 至 {high}"),
    "joined": (", ", "、"),
    "last joined": (" and ", "與"),
    "recipe": ("recipe {recipe}", "訓練設定 {recipe}"),
    "under recipe": ("{network} under recipe {recipe}", "訓練設定 {recipe} 下{network}"),
    # question 4: a family against a control over all matched budgets
    "no pair": (
        "The sweep has no two families to compare at equal size.",
        "此掃描中沒有兩個可在相同大小下比較的家族。",
    ),
    "still learning": (
        "{count} of the {finished} trainings validated best in their very last epoch: longer ones may change this answer.",
        "{finished} 次訓練中有 {count} 次在最後一個週期驗證準確率最高：延長訓練可能改變此結論。",
    ),
    "no budget": (
        "{family} and {control} have no two networks whose parameter counts are within 10 %: nothing can be said at equal size.",
        "{family} 與 {control} 沒有參數量相差 10 % 以內的網路，無法在相同大小下比較。",
    ),
    "one seed": (
        "With one seed per network, no conclusion about {family} and {control} can be drawn: these two trainings differ by {differences}, but another seed could turn the order round.",
        "每個網路只有一個亂數種子，無法對 {family} 與 {control} 下結論：這幾次訓練相差 {differences}，但換一個種子就可能改變順序。",
    ),
    "all ahead": (
        "At equal parameter counts {family} is ahead of {control} at every one of the {count} sizes compared, from {first} to {last} parameters, by {differences}.",
        "參數量相同時，{family} 在所比較的全部 {count} 種大小（{first} 至 {last} 個參數）都領先 {control}，差距為 {differences}。",
    ),
    "all behind": (
        "At equal parameter counts {family} is behind {control} at every one of the {count} sizes compared, from {first} to {last} parameters, by {differences}.",
        "參數量相同時，{family} 在所比較的全部 {count} 種大小（{first} 至 {last} 個參數）都落後 {control}，差距為 {differences}。",
    ),
    "all inconclusive": (
        "At none of the {count} sizes compared, from {first} to {last} parameters, can {family} and {control} be told apart: the measured differences, {differences}, may be chance.",
        "在所比較的 {count} 種大小（{first} 至 {last} 個參數）中，都無法分出 {family} 與 {control} 的高下：測得的差距 {differences} 可能只是偶然。",
    ),
    "one ahead": (
        "At the one size compared, about {first} parameters, {family} is ahead of {control} by {differences}.",
        "在唯一可比較的大小（約 {first} 個參數），{family} 領先 {control}，差距為 {differences}。",
    ),
    "one behind": (
        "At the one size compared, about {first} parameters, {family} is behind {control} by {differences}.",
        "在唯一可比較的大小（約 {first} 個參數），{family} 落後 {control}，差距為 {differences}。",
    ),
    "one inconclusive": (
        "At the one size compared, about {first} parameters, {family} and {control} cannot be told apart: the measured difference, {differences}, may be chance.",
        "在唯一可比較的大小（約 {first} 個參數），無法分出 {family} 與 {control} 的高下：測得的差距 {differences} 可能只是偶然。",
    ),
    "some ahead": (
        "At equal parameter counts {family} is ahead of {control} at {ahead} parameters, by {ahead_differences}; at {unclear} the difference may be chance.",
        "參數量相同時，{family} 在 {ahead} 個參數處領先 {control}，差距為 {ahead_differences}；在 {unclear} 個參數處，差距可能只是偶然。",
    ),
    "some behind": (
        "At equal parameter counts {family} is behind {control} at {behind} parameters, by {behind_differences}; at {unclear} the difference may be chance.",
        "參數量相同時，{family} 在 {behind} 個參數處落後 {control}，差距為 {behind_differences}；在 {unclear} 個參數處，差距可能只是偶然。",
    ),
    "both": (
        "At equal parameter counts {family} is ahead of {control} at {ahead} parameters, by {ahead_differences}, and behind at {behind}, by {behind_differences}.",
        "參數量相同時，{family} 在 {ahead} 個參數處領先 {control}，差距為 {ahead_differences}；在 {behind} 個參數處則落後，差距為 {behind_differences}。",
    ),
    "both some": (
        "At equal parameter counts {family} is ahead of {control} at {ahead} parameters, by {ahead_differences}, and behind at {behind}, by {behind_differences}; at {unclear} the difference may be chance.",
        "參數量相同時，{family} 在 {ahead} 個參數處領先 {control}，差距為 {ahead_differences}；在 {behind} 個參數處則落後，差距為 {behind_differences}；在 {unclear} 個參數處，差距可能只是偶然。",
    ),
    "detectable one": (
        "The smallest difference that such a study tells in 80 % of cases: {least}.",
        "這樣的研究有 80 % 的機會能判定的最小差距：{least}。",
    ),
    "detectable": (
        "The smallest difference that such a study tells in 80 % of cases: {sizes}.",
        "這樣的研究有 80 % 的機會能判定的最小差距：{sizes}。",
    ),
    "detectable at": (
        "{least} at {params} parameters",
        "{params} 個參數處為 {least}",
    ),
    # where the curves cross
    "crosses": (
        "The two curves cross once, between {low} and {high} parameters, where the order is certain on either side; by straight lines near {params}.",
        "兩條曲線交叉一次，位於 {low} 與 {high} 個參數之間（兩端的順序皆確定）；以直線估計約在 {params} 個參數處。",
    ),
    "crossing ahead": (
        "At none of the sizes compared, from {start} to {stop} parameters, does the order turn.",
        "在所比較的 {start} 至 {stop} 個參數之間，各種大小的順序都沒有改變。",
    ),
    "crossing not distinguishable": (
        "Whether the two curves cross between {start} and {stop} parameters cannot be told.",
        "無法判定兩條曲線在 {start} 至 {stop} 個參數之間是否交叉。",
    ),
    "crossing one seed": (
        "Where the two curves cross cannot be concluded from one seed.",
        "只有一個種子，無法推論兩條曲線在何處交叉。",
    ),
    "crosses repeatedly": (
        "The order turns more than once between {start} and {stop} parameters.",
        "在 {start} 至 {stop} 個參數之間，順序改變不只一次。",
    ),
    "crossing one budget": (
        "From one size no crossing can be told.",
        "只比較一種大小，無法判定是否交叉。",
    ),
    "crossing no budget": (
        "Without networks of equal size no crossing can be told.",
        "沒有大小相同的網路，無法判定是否交叉。",
    ),
    # why: what the same number of parameters buys
    "wider": (
        "At about {params} parameters, {family} affords layers {ratio} times as wide as those of {control}, whose skeleton is the same (width {width:g} against {control_width:g}), with {macs} million multiply-adds an image against {control_macs} million.",
        "約 {params} 個參數時，{family} 的各層寬度是骨架相同的{control}的 {ratio} 倍（寬度倍率 {width:g} 對 {control_width:g}），每張影像需 {macs} 百萬次乘加，對照 {control_macs} 百萬次。",
    ),
    "block": (
        "The two differ in their block: a depthwise and a pointwise convolution, each followed by normalisation and ReLU, in place of one full convolution: 15 convolutions with normalisation and ReLU against 8. Rate and epochs are the same for both, which need not suit both alike.",
        "兩者的差別在於區塊：以各接正規化與 ReLU 的深度卷積和逐點卷積，取代一個完整卷積，即 15 個附正規化與 ReLU 的卷積，對照 8 個。兩者的學習率與訓練週期相同，未必同樣適合雙方。",
    ),
    "why ahead": (
        "Under this recipe the separable block makes more of {ahead} parameters.",
        "在此訓練設定下，{ahead} 個參數時可分離區塊較能善用參數。",
    ),
    "why behind": (
        "Under this recipe full convolutions make more of {behind} parameters.",
        "在此訓練設定下，{behind} 個參數時完整卷積較能善用參數。",
    ),
    "why both": (
        "Under this recipe the separable block does better with fewer parameters ({ahead}), full convolutions with more of them ({behind}).",
        "在此訓練設定下，參數較少時（{ahead}）可分離區塊較佳，參數較多時（{behind}）完整卷積較佳。",
    ),
    "why reversed": (
        "Under this recipe full convolutions do better with fewer parameters ({behind}), the separable block with more of them ({ahead}).",
        "在此訓練設定下，參數較少時（{behind}）完整卷積較佳，參數較多時（{ahead}）可分離區塊較佳。",
    ),
    "why mixed": (
        "Under this recipe the separable block does better at {ahead} parameters and full convolutions at {behind}: there is no rule by size.",
        "在此訓練設定下，可分離區塊在 {ahead} 個參數處較佳，完整卷積在 {behind} 個參數處較佳：與大小之間沒有一定的規律。",
    ),
    "why inconclusive": (
        "Which block makes more of its parameters could not be shown here.",
        "此處未能顯示哪一種區塊較能善用參數。",
    ),
    # one family's curve
    "curve": (
        "{family}: {count} networks from {first} to {last} parameters; mean {split} accuracy {accuracy_first} at the smallest and {accuracy_last} at the largest.",
        "{family}：{count} 個網路，{first} 至 {last} 個參數；{split}平均準確率在最小者為 {accuracy_first}，在最大者為 {accuracy_last}。",
    ),
    "curve one": (
        "{family}: one network, {first} parameters, with {accuracy_first} mean {split} accuracy.",
        "{family}：一個網路，{first} 個參數，{split}平均準確率 {accuracy_first}。",
    ),
    "whole gain": (
        "From the smallest to the largest it surely gains: {gain} (95 % interval {low} to {high}).",
        "從最小到最大的網路確有增益：{gain}（95 % 區間 {low} 至 {high}）。",
    ),
    "levels off": (
        "It levels off from {params} parameters on: no network after it, up to {largest}, gains {most} or more; the largest measured {gain} (95 % interval {low} to {high}).",
        "自 {params} 個參數起趨於平緩：其後直到 {largest} 個參數為止，沒有網路的增益達到 {most}；最大者測得 {gain}（95 % 區間 {low} 至 {high}）。",
    ),
    "rising": (
        "It still rises at its largest: from {params} to {largest} parameters it gains {gain} (95 % interval {low} to {high}).",
        "到最大的網路仍在上升：從 {params} 到 {largest} 個參數，增益 {gain}（95 % 區間 {low} 至 {high}）。",
    ),
    "falls": (
        "It falls towards its largest: from {params} to {largest} parameters it changes by {gain} (95 % interval {low} to {high}).",
        "往最大的網路下降：從 {params} 到 {largest} 個參數，變化 {gain}（95 % 區間 {low} 至 {high}）。",
    ),
    "plateau not distinguishable": (
        "From {params} to {largest} parameters no gain is certain, nor is a plateau: measured {gain} (95 % interval {low} to {high}); the smallest gain that such a study tells in 80 % of cases is {least}.",
        "從 {params} 到 {largest} 個參數，既不能確定有增益，也不能確定已趨平緩：測得 {gain}（95 % 區間 {low} 至 {high}）；這樣的研究有 80 % 的機會能判定的最小增益為 {least}。",
    ),
    "plateau one seed": (
        "From one seed it cannot be concluded where it levels off.",
        "只有一個種子，無法推論它從何處趨於平緩。",
    ),
    "plateau one budget": (
        "With one network there is no curve to level off.",
        "只有一個網路，無從談趨於平緩。",
    ),
    # question 1
    "sizes": (
        "{small} has {small_params} parameters ({small_trainable} trainable, {small_fixed} not), {large} {large_params} ({large_trainable} trainable, {large_fixed} not): {ratio}.",
        "{small}有 {small_params} 個參數（可訓練 {small_trainable} 個、不可訓練 {small_fixed} 個），{large}有 {large_params} 個（可訓練 {large_trainable} 個、不可訓練 {large_fixed} 個）：{ratio}。",
    ),
    "times as many": ("{ratio} times as many", "是前者的 {ratio} 倍"),
    "about as many": ("about as many", "兩者相近"),
    "dense share": (
        "Dense layers hold {large_share} of the CNN's parameters and {small_share} of the MobileNet's.",
        "CNN 有 {large_share} 的參數在全連接層，MobileNet 則為 {small_share}。",
    ),
    "small ahead": (
        "In {split} accuracy the MobileNet is ahead of the CNN: {small} against {large}, a difference of {difference} (95 % interval {low} to {high}).",
        "以{split}準確率而言，MobileNet 領先 CNN：{small} 對 {large}，差距 {difference}（95 % 區間 {low} 至 {high}）。",
    ),
    "small behind": (
        "In {split} accuracy the MobileNet is behind the CNN: {small} against {large}, a difference of {difference} (95 % interval {low} to {high}).",
        "以{split}準確率而言，MobileNet 落後 CNN：{small} 對 {large}，差距 {difference}（95 % 區間 {low} 至 {high}）。",
    ),
    "small inconclusive": (
        "In {split} accuracy the two cannot be told apart: {small} against {large}, a difference of {difference} (95 % interval {low} to {high}).",
        "以{split}準確率而言，無法分出兩者高下：{small} 對 {large}，差距 {difference}（95 % 區間 {low} 至 {high}）。",
    ),
    "small not after correction": (
        "In {split} accuracy the two cannot be told apart: {small} against {large}, a difference of {difference}; zero is outside its 95 % interval ({low} to {high}), but p, corrected for the sizes compared, is not below 0.05.",
        "以{split}準確率而言，無法分出兩者高下：{small} 對 {large}，差距 {difference}；零在其 95 % 區間（{low} 至 {high}）之外，但經大小數校正後的 p 值不低於 0.05。",
    ),
    "small one seed": (
        "In {split} accuracy the MobileNet reached {small}, the CNN {large}; from one seed it cannot be concluded which is better.",
        "以{split}準確率而言，MobileNet 為 {small}，CNN 為 {large}；只有一個種子，無法推論孰優。",
    ),
    "no large": (
        "The sweep has no finished pair of a MobileNet and a CNN under the same recipe, so this question stays open.",
        "本次掃描沒有在同一訓練設定下完成的 MobileNet 與 CNN，此題無法回答。",
    ),
    "no family": (
        "The sweep has no finished network of this kind.",
        "本次掃描沒有這類已完成的網路。",
    ),
    # recipes
    "recipe effect": (
        "{network} on the validation pictures, set against recipe {base}: {effects}.",
        "{network}在驗證影像上與訓練設定 {base} 相比：{effects}。",
    ),
    "recipe by": ("{recipe} ({difference})", "{recipe}（{difference}）"),
    "recipe by unclear": (
        "{recipe} ({difference}; {least} would be told in 80 % of cases)",
        "{recipe}（{difference}；有 80 % 的機會能判定 {least}）",
    ),
    "semicolon": ("; ", "；"),
    "effect ahead": ("better with {recipes}", "{recipes} 較佳"),
    "effect behind": ("worse with {recipes}", "{recipes} 較差"),
    "effect not distinguishable": ("may be chance with {recipes}", "{recipes} 可能只是偶然"),
    "effect one seed": (
        "from one seed nothing can be concluded of {recipes}",
        "{recipes} 只有一個種子，無法下結論",
    ),
    "recipe pair": (
        "At {params} parameters {family} against {control}: {base_verdict} under {base} ({base_difference}), {other_verdict} under {other} ({other_difference}); the difference changes by {change} (95 % interval {low} to {high}): {effect}.",
        "{params} 個參數時，{family} 對 {control}：{base} 下{base_verdict}（{base_difference}），{other} 下{other_verdict}（{other_difference}）；差距改變 {change}（95 % 區間 {low} 至 {high}）：{effect}。",
    ),
    "recipe pair inconclusive": (
        "whether the verdict changes cannot be told",
        "無法判定結論是否改變",
    ),
    "claims": (
        "What the published study said",
        "已發表研究的說法",
    ),
    "claim": (
        "The published study said that {claim}: {verdict}.",
        "已發表的研究指出，{claim}：{verdict}。",
    ),
    "claim large": (
        "a CNN with about 300 times the parameters gains only about 4 points",
        "參數約 300 倍的 CNN 只多約 4 個百分點",
    ),
    "claim few": (
        "at few parameters MobileNet is clearly ahead of a plain CNN of equal size",
        "參數少時 MobileNet 明顯領先相同大小的一般 CNN",
    ),
    "claim growth": (
        "as parameters grow the CNN keeps improving while MobileNet levels off",
        "隨參數增加 CNN 持續進步，MobileNet 則趨於平緩",
    ),
    "claim confirmed": (
        "confirmed here",
        "此處得到證實",
    ),
    "claim refuted": (
        "refuted here",
        "此處遭到否定",
    ),
    "claim open": (
        "left open here",
        "此處仍無定論",
    ),
    "open absent": (
        "The study does not have the networks that this speaks of.",
        "本研究沒有此說法所涉及的網路。",
    ),
    "open one seed": (
        "One seed allows no conclusion.",
        "只有一個種子，無法下結論。",
    ),
    "open not distinguishable": (
        "The intervals allow either.",
        "區間容許兩種可能。",
    ),
    "open mixed": (
        "It is ahead at some of these sizes and behind at others.",
        "它在其中一些大小領先，在另一些落後。",
    ),
    "evidence large": (
        "With {ratio} times the parameters the CNN gains {difference} in {split} accuracy (95 % interval {low} to {high}).",
        "參數為 {ratio} 倍時，CNN 的{split}準確率多 {difference}（95 % 區間 {low} 至 {high}）。",
    ),
    "evidence few": (
        "MobileNet less CNN in {split} accuracy: {sizes}.",
        "MobileNet 減 CNN 的{split}準確率：{sizes}。",
    ),
    "evidence size": (
        "{difference} ({low} to {high}) at {params} parameters",
        "{params} 個參數處 {difference}（{low} 至 {high}）",
    ),
    "evidence growth": (
        "In validation accuracy: {curves}.",
        "以驗證準確率而言：{curves}。",
    ),
    "evidence curve": (
        "{family} from {params} to {largest} parameters {difference} ({low} to {high})",
        "{family} 從 {params} 到 {largest} 個參數 {difference}（{low} 至 {high}）",
    ),
    "recipe pair changes": (
        "the difference surely changes, but under one of them the order cannot be told",
        "差距確有改變，但其中一種設定下無法判定順序",
    ),
    "recipe pair stays": (
        "the verdict stays",
        "判定不變",
    ),
    "recipe pair turns": (
        "the order turns",
        "順序反轉",
    ),
    # choosing
    "best": (
        "Best by validation accuracy, in the mean over seeds: {network}, {params} parameters, validation {validation}.",
        "跨種子平均之驗證準確率最高者：{network}，{params} 個參數，驗證 {validation}。",
    ),
    "best tested": (
        "Best by validation accuracy, in the mean over seeds: {network}, {params} parameters, validation {validation}, test {test}.",
        "跨種子平均之驗證準確率最高者：{network}，{params} 個參數，驗證 {validation}，測試 {test}。",
    ),
    "exported": (
        "To ship: of each network the one seed that validates best (so not below its mean), as float32, float16 and int8 TFLite, each run by LiteRT. The table names the file that validates best within each size. Latencies are of one picture on one thread; the float files run on XNNPACK, the int8 files on LiteRT's own kernels, which are slower.",
        "供部署之用：每種網路取驗證準確率最高的單一種子（因此不低於其平均），轉為 float32、float16 與 int8 的 TFLite 檔，並皆以 LiteRT 執行。下表列出各大小限制內驗證準確率最高的檔案。延遲為單執行緒處理一張影像的時間；浮點檔以 XNNPACK 執行，int8 檔以 LiteRT 內建的較慢核心執行。",
    ),
    "limit at most": ("at most {limit} B", "不超過 {limit} B"),
    "limit none": ("any size", "不限大小"),
    "limit smallest": ("the smallest file", "最小的檔案"),
    "human above": (
        "That is above the agreement of people with the labels, {human} ± {plus_minus}.",
        "這高於人與標籤的一致率 {human} ± {plus_minus} 。",
    ),
    "human within": (
        "That is within the agreement of people with the labels, {human} ± {plus_minus}.",
        "這落在人與標籤的一致率 {human} ± {plus_minus} 之內。",
    ),
    "human below": (
        "That is below the agreement of people with the labels, {human} ± {plus_minus}.",
        "這低於人與標籤的一致率 {human} ± {plus_minus} 。",
    ),
    # honesty
    "stand-in": (
        "Drawn stand-in data. They exercise the workflow; the figures say nothing about real faces.",
        "資料為程式繪製的替代品，僅用來試跑流程；數字不代表真實人臉的結果。",
    ),
    "only validation": (
        "The data have no labelled test split: all accuracies are on the validation part, which also made every choice.",
        "資料沒有帶標籤的測試集：所有準確率都來自驗證集，而一切選擇也依據它。",
    ),
    "all finished": ("All {planned} planned runs finished.", "計畫的 {planned} 次訓練全部完成。"),
    "some missing": (
        "{finished} of {planned} planned runs finished; the others are left out of every mean: {missing}.",
        "計畫的 {planned} 次訓練完成了 {finished} 次；其餘不計入任何平均：{missing}。",
    ),
    "missing run": ("{run} ({status})", "{run}（{status}）"),
    "missing run because": ("{run} ({status}: {reason})", "{run}（{status}：{reason}）"),
    "leak none": (
        "None of the {rows} pictures of {split} has a copy in Training.",
        "{split}的 {rows} 張影像中，沒有任何一張與訓練集重複。",
    ),
    "leak": (
        "Among the {rows} pictures of {split}, copies of Training pictures: {exact} exact, {near} near.",
        "{split}的 {rows} 張影像中，與訓練集重複者：完全相同 {exact} 張，近似 {near} 張。",
    ),
    "without copies": (
        "Without such pictures no run's test accuracy changes by more than {change}.",
        "去除這些影像後，任何一次訓練的測試準確率變動都不超過 {change}。",
    ),
    # the page
    "stop": (".", "。"),
    "colon": (": ", "："),
    "comma": (", ", "，"),
    "title": ("How accuracy grows with size: {dataset}", "準確率如何隨網路大小成長：{dataset}"),
    "subtitle": (
        "Depthwise-separable against plain convolutions on {rows} labelled pictures of {classes} classes; {runs} trainings, up to {seeds} of each network.",
        "以 {rows} 張、{classes} 類帶標籤影像，比較深度可分離卷積與一般卷積；共 {runs} 次訓練，每種網路至多 {seeds} 次。",
    ),
    "subtitle without pairs": (
        "{families} on {rows} labelled pictures of {classes} classes; {runs} trainings, up to {seeds} of each network.",
        "以 {rows} 張、{classes} 類帶標籤影像訓練 {families}；共 {runs} 次訓練，每種網路至多 {seeds} 次。",
    ),
    "stand-in mark": ("stand-in data", "替代資料"),
    "answer": ("The answer", "結論"),
    "contents": ("Contents", "目錄"),
    "skip": ("Skip to the answer", "跳至結論"),
    "question large": (
        "A MobileNet and the CNN it replaces",
        "MobileNet 與它所取代的 CNN",
    ),
    "question mobilenet": (
        "{families}: accuracy by parameters",
        "{families}：準確率與參數量",
    ),
    "question plain": ("Plain networks: accuracy by parameters", "一般卷積網路：準確率與參數量"),
    "question equal": ("At equal size: what differs, and why", "相同大小之下：有何不同，原因何在"),
    "section choice": ("Which network to take", "該選哪個網路"),
    "section recipes": ("What the training settings change", "訓練設定的影響"),
    "section training": ("How the networks learnt", "訓練過程"),
    "section errors": ("Which faces are told apart", "各類別的辨識情形"),
    "section data": ("The data, and copies across splits", "資料與跨集合的重複影像"),
    "section methods": ("How the figures were made", "數字的由來"),
    "section runs": ("All runs", "所有訓練"),
    "section provenance": ("Where it comes from", "來源紀錄"),
    "section other": ("More figures", "其他圖表"),
    "quantity": ("Quantity", "項目"),
    "pair": (
        "Networks compared",
        "比較的網路",
    ),
    "verdict column": ("Verdict", "判定"),
    "could tell": (
        "{least} could be told",
        "可判定 {least}",
    ),
    "difference column": ("Difference, points (95 % interval)", "差距，百分點（95 % 區間）"),
    "interval": ("{low} to {high}", "{low} 至 {high}"),
    "p column": ("p", "p 值"),
    "holm column": ("p, corrected", "p 值（校正後）"),
    "family column": ("Family", "家族"),
    "recipe column": ("Recipe", "訓練設定"),
    "status column": ("Status", "狀態"),
    "split column": ("Split", "集合"),
    "layer column": ("Layer", "層"),
    "output column": ("Output", "輸出"),
    "exact column": ("Exact copies", "完全相同"),
    "near column": ("Near copies", "近似"),
    "note column": ("Note", "備註"),
    "name column": ("Name", "名稱"),
    "over seeds": (
        "over seeds {low}\u2060–\u2060{high}",
        "跨種子 {low}\u2060–\u2060{high}",
    ),
    "over images": (
        "over pictures {low}\u2060–\u2060{high}",
        "跨影像 {low}\u2060–\u2060{high}",
    ),
    "caption verdicts": (
        "Differences in {split} accuracy, in points, by the number of parameters. Grey: may be chance, corrected for the number of sizes.",
        "各參數量下{split}準確率的差距（百分點）。灰色：經多重比較校正後可能只是偶然。",
    ),
    "caption large": (
        "The MobileNet and the CNN. Intervals are 95 %.",
        "MobileNet 與 CNN。區間為 95 %。",
    ),
    "caption layers": ("Layers of {network}: {params} parameters", "{network}的各層：{params} 個參數"),
    "caption networks": (
        "Networks of {family}: means over seeds with 95 % intervals",
        "{family}的網路：跨種子平均與 95 % 區間",
    ),
    "caption budgets": (
        "{family} against {control}, {recipe}: {split} accuracy at equal size; verdicts are corrected for the number of sizes, intervals are not",
        "{family} 對 {control}，{recipe}：相同大小下的{split}準確率；判定經大小數校正，區間則否",
    ),
    "caption recipes": (
        "{network} by recipe: validation accuracy, and the difference to {base}, the first that finished; verdicts are corrected for the number of recipes, intervals are not",
        "{network}依訓練設定：驗證準確率，以及與 {base}（最先完成的一個）的差距；判定經設定數校正，區間則否",
    ),
    "caption references": ("Published models, as given in the configuration", "設定檔所列的已發表模型"),
    "caption exports": (
        "Which model: chosen by validation accuracy; the commands below copy the files out",
        "該選哪個模型：依驗證準確率挑選；以下指令可將檔案複製出來",
    ),
    "limit column": ("Size", "大小限制"),
    "model column": ("Model", "模型"),
    "caption leak": (
        "Pictures per split, and those with a copy in Training",
        "各集合的影像數，以及與訓練集重複者",
    ),
    "caption runs": ("Every run; click a heading to sort", "每一次訓練；按標題即可排序"),
    "caption recipe": ("Training settings", "訓練設定"),
    "filter": ("Filter the runs", "篩選訓練"),
    "filter hint": ("e.g. mobilenet failed", "例如 mobilenet failed"),
    "shown": ("{shown} of {all} runs shown", "顯示 {shown} / {all} 次訓練"),
    "show layers": ("Layer table of {network}", "{network}的逐層表"),
    "references note": (
        "Published numbers were measured on the split that is named beside them; only equal splits compare.",
        "已發表的數字只能與相同集合的結果比較，集合名稱列於其旁。",
    ),
    "own halves": (
        "PublicTest and PrivateTest are the data set's own splits.",
        "PublicTest 與 PrivateTest 為資料集本身的分割。",
    ),
    "version": ("Version", "版本"),
    "setting": ("Setting", "設定"),
    "instead of": ("{name} {value} instead of {base}", "{name} 由 {base} 改為 {value}"),
    "value": ("Value", "值"),
    "data source": ("Data: {source}", "資料：{source}"),
    "checksum": ("SHA-256 of the source: {sha256}", "來源的 SHA-256：{sha256}"),
    "no checksum": ("drawn by this repository, no file behind them", "由本專案繪製，沒有原始檔案"),
    "left out": (
        "Left out of training: constant pictures ({constant}) and copies of validation or test pictures ({copies}).",
        "未用於訓練：單色影像（{constant} 張）與驗證或測試影像的複本（{copies} 張）。",
    ),
    "alt": (
        "{title}. {caption} The numbers are in the tables of this page.",
        "{title}。{caption}數字列於本頁的表格中。",
    ),
    "method selection": (
        "Everything that was chosen (the best epoch where a recipe keeps it, best network, what fits a size limit) was chosen on the validation part, {rows} pictures kept from Training. The test splits steer nothing: one evaluation at the end reads them.",
        "一切選擇（設定為保留最佳時的訓練週期、最佳網路、符合大小限制者）都只依據驗證集，即從訓練集保留的 {rows} 張影像。測試集不影響任何決定，只在最後評估時讀取一次。",
    ),
    "method pooled": (
        "Test accuracy is over the {rows} pictures of the test splits together, one view of each picture.",
        "測試準確率以全部 {rows} 張測試影像合併計算，每張影像只取單一視角。",
    ),
    "method seeds": (
        "An interval beside a mean is Student's t over seeds, 95 %; it tells how trainings vary on these very pictures. The spread over seeds is the larger of the network's own and the one shared by all networks of its recipe within 10 % of its parameters, which are taken to vary alike; sizes are not. With one seed there is no interval. Intervals over pictures are Wilson's; they tell how the choice of test pictures varies.",
        "平均旁的區間為跨種子的 95 % t 區間，反映訓練本身在同一批影像上的變異。種子間的變異取該網路自身與「同一訓練設定下參數量相差 10 % 以內的所有網路所共有」兩者中較大者；假設這些網路的變異相近，不同大小則不作此假設。只有一個種子時無法給出區間。跨影像的區間為 Wilson 區間，反映測試影像取樣的變異。",
    ),
    "method spread": (
        "Bartlett's test at each size, corrected for their number, finds the spreads over seeds to differ at {differing} of {sizes}.",
        "各種大小的 Bartlett 檢定（經大小數校正）顯示，{sizes} 種大小中有 {differing} 種的種子間變異不同。",
    ),
    "method difference": (
        "Differences are paired over pictures, and count both the pictures and the seeds of both networks as chance; Student's t has Satterthwaite's degrees of freedom. Differences are taken before rounding. Beside each that cannot be told stands the smallest true difference that such a study tells in 80 % of cases.",
        "差距以相同影像成對估計，並把影像與兩個網路的種子都視為偶然因素；t 分布採 Satterthwaite 自由度。差距在四捨五入前計算。無法判定的差距旁，列有這樣的研究有 80 % 的機會能判定的最小真實差距。",
    ),
    "method holm": (
        "A verdict of ahead or behind needs p below 0.05 after Holm's correction for all sizes at which a pair is compared, or for all recipes set against one; a pair compared at one size alone needs none. The intervals themselves are not corrected. Sizes match when counts are within 10 %.",
        "「領先」或「落後」須在 Holm 校正（涵蓋該對網路的所有大小，或與同一設定相比的所有訓練設定；只在一種大小比較者無須校正）後 p 值低於 0.05；區間本身未校正。參數量相差 10 % 以內視為相同大小。",
    ),
    "method crossing": (
        "Curves cross where the verdict turns between two sizes; where in between is read off straight lines over the logarithm of parameters.",
        "判定在兩種大小之間反轉時，即視為曲線交叉；其間的位置取自參數量對數上的折線。",
    ),
    "method plateau": (
        "A curve falls where its largest network is surely below an earlier one. Otherwise it levels off from the smallest network whose gain to the largest cannot be told from none, if no later network can have gained {negligible} or more.",
        "當最大的網路確定低於較小的某個網路時，視為下降。否則，若某網路到最大網路的增益無法與零區別，且其後任何網路的增益確定都小於 {negligible}，即視為自該處趨於平緩。",
    ),
    # captions of the figures
    "stand-in caption": ("Stand-in data ({dataset}).", "資料為替代品（{dataset}）。"),
    "by params": ("parameters", "參數量"),
    "by macs": ("multiply-adds", "乘加次數"),
    "by seconds": ("training time", "訓練時間"),
    "title scatter": ("{family}: parameters and validation accuracy", "{family}：參數量與驗證準確率"),
    "caption scatter": (
        "Each small mark is one run, each large one the mean of a network with its 95 % interval over seeds. Point at a mark, or step to it with the tab key, to see what it is.",
        "小記號為單次訓練，大記號為該網路的平均與跨種子的 95 % 區間。以滑鼠指向記號或用 Tab 鍵移至其上，即可得知其內容。",
    ),
    "title tradeoff": (
        "All families: {final} accuracy by {x}",
        "各家族：{final}準確率與{x}",
    ),
    "caption tradeoff": (
        "Mean {final} accuracy with 95 % intervals over seeds.",
        "{final}的平均準確率與跨種子的 95 % 區間。",
    ),
    "title files": ("Exported files: {final} accuracy by bytes", "匯出檔案：{final}準確率與位元組數"),
    "caption files": (
        "The best seed of each network on validation, in three formats: filled float32, half filled float16, hollow int8. Intervals are over pictures.",
        "每種網路驗證準確率最高的種子，共三種格式：實心為 float32，半實心為 float16，空心為 int8。區間為跨影像的 95 % 區間。",
    ),
    "title validation": (
        "All families: validation accuracy by parameters",
        "各家族：驗證集準確率與參數量",
    ),
    "caption validation": (
        "The plots above in one: mean validation accuracy with 95 % intervals over seeds.",
        "將以上各圖合而為一：驗證集平均準確率與跨種子的 95 % 區間。",
    ),
    "title difference": ("Difference at equal size", "相同大小下的差距"),
    "caption difference": (
        "Difference in {final} accuracy between two families, with its 95 % interval. Filled marks: certain after correction for the number of sizes (intervals are not corrected); hollow marks: may be chance.",
        "兩個家族的{final}準確率差距與 95 % 區間。實心記號：經大小數校正後仍確定（區間未校正）；空心記號：可能只是偶然。",
    ),
    "title pareto": ("The Pareto front", "帕雷托前緣"),
    "caption pareto": (
        "The networks that no other beats on validation with as few parameters.",
        "在驗證集上，沒有其他網路能以同樣少的參數勝過它們。",
    ),
    "title recipe effects": ("What each recipe changes", "各訓練設定的影響"),
    "caption recipe effects": (
        "Difference in validation accuracy to the recipe that each panel names, with its 95 % interval; above zero is better. Filled marks: certain after correction for the number of recipes (intervals are not corrected); hollow marks: may be chance.",
        "與各圖所標訓練設定之驗證準確率差距及其 95 % 區間；大於零較佳。實心記號：經設定數校正後仍確定（區間未校正）；空心記號：可能只是偶然。",
    ),
    "title learning": ("Learning curves", "學習曲線"),
    "caption learning": (
        "Loss and accuracy by epoch; validation solid, training dotted, wider networks darker.",
        "各訓練週期的損失與準確率；實線為驗證集，點線為訓練集，顏色越深網路越寬。",
    ),
    "title cost": ("What training took", "訓練所需資源"),
    "caption cost": ("Time and peak memory of each training job.", "每個訓練工作的時間與記憶體峰值。"),
    "title confusion": ("Confusion matrices", "混淆矩陣"),
    "caption confusion": (
        "The best network of each family by validation, all its seeds together; rows are true classes and sum to 100 %.",
        "各家族驗證最佳的網路，合併其所有種子；每列為真實類別，總和為 100 %。",
    ),
    "title recall": ("Recall of each class by parameters", "各類別的召回率與參數量"),
    "caption recall": (
        "Mean over seeds on the {final} pictures.",
        "{final}影像上跨種子的平均。",
    ),
    "title samples": ("Samples and class balance", "各類別的樣本與數量"),
    "caption samples": (
        "Training pictures of each class, and pictures per class and split.",
        "各類別的訓練影像，以及各集合中每類的影像數。",
    ),
}
