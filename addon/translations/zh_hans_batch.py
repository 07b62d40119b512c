"""Simplified Chinese: everything that is said of batches."""

BATCH = {
    "A batch is running: wait for it or stop it": "批处理正在运行：请等待或停止",
    "A batch works in Object Mode: switch to it first": "批处理在物体模式中进行："
    "请先切换到物体模式",
    "A mesh file for each input, named after it, in the output folder": "每个输入对应输出文件夹中"
    "一个同名的网格文件",
    "An object for each input in this scene, marked as an asset": "每个输入对应此场景中一个标记为"
    "资产的物体",
    "Assets": "资产",
    "Batch": "批处理",
    "Choose a collection first": "请先选择集合",
    "Choose the folder of the inputs first": "请先选择输入文件夹",
    "Choose the output folder first": "请先选择输出文件夹",
    "Collection": "集合",
    "Collection of Meshes": "网格集合",
    "Every mesh file in a folder is completed": "补全文件夹中的每个网格文件",
    "Every mesh of a collection is completed": "补全集合中的每个网格",
    "Every picture in a folder is reconstructed": "重建文件夹中的每张图片",
    "Folder of Meshes": "网格文件夹",
    "Folder of Pictures": "图片文件夹",
    "For slicers; triangles alone": "用于切片软件；只含三角面",
    "Format": "格式",
    "How many have ended": "已结束的数量",
    "How many inputs are done at once, here and on a farm": "如何在此处和渲染农场中"
    "一次处理许多输入",
    "Leave out the inputs that the output folder's log has as done in the same way": "跳过输出文件"
    "夹的日志中已按相同方式完成的输入",
    "No batch is running": "没有正在运行的批处理",
    "Of the mesh files": "网格文件的格式",
    "One sentence about the batch": "关于批处理的一句话",
    "Output": "输出",
    "Processes that work at once; each holds the model in memory": "同时工作的进程数；每个进程都在"
    "内存中保存模型",
    "Reconstruct or complete everything in a folder or a collection": "重建或补全文件夹或集合中的"
    "所有内容",
    "Results": "结果",
    "Resume": "继续",
    "Run Batch": "运行批处理",
    "Source": "来源",
    "Starting the workers": "正在启动工作进程",
    "Stop Batch": "停止批处理",
    "Stop the batch; what is done stays, and the rest can be done later": "停止批处理；已完成的保留"
    "，其余可稍后继续",
    "Stopped; run it again to go on": "已停止；再次运行即可继续",
    "Text that every program reads": "所有程序都能读取的文本",
    "The batch failed unexpectedly; see the console": "批处理意外出错；请查看控制台",
    "The collection that holds the inputs, with those in it": "包含输入的集合及其子集合",
    "The doubtful results and why, one a line": "存疑的结果及原因，每行一个",
    "The folder that holds the inputs, with its sub-folders": "包含输入的文件夹及其子文件夹",
    "The folder that the files go to, and the log of what became of each input": "存放文件和每个"
    "输入结果日志的文件夹",
    "The last failures": "最近的失败",
    "What becomes of the results": "如何处理结果",
    "What the next batch is to be like": "下一次批处理的设置",
    "What the panel shows of the batch": "面板显示的批处理状态",
    "Where the inputs are": "输入所在的位置",
    "Whether a batch is under way": "是否有批处理在进行",
    "Whether some of the last batch failed": "上一次批处理是否有失败",
    "With normals; completed meshes say what was given": "带法线；补全的网格会标明哪些是给出的",
    "Workers": "工作进程",
    "a batch needs a source and an output folder; choose both": "批处理需要来源和输出"
    "文件夹；请选择两者",
    "mesh files of a folder become files; to have assets, import them and choose their "
    "collection": "文件夹中的网格文件只能生成文件；若要资产，请先导入并选择其集合",
    "the collection {name!r} holds no mesh; choose another": "集合 {name!r} 中没有网格；"
    "请选择其他集合",
    "the object {name!r} is gone; bring it back": "物体 {name!r} 已不存在；请恢复它",
    "there is no collection {name!r}; name another": "没有集合 {name!r}；请另选一个",
    "{count} more are in the log": "另有 {count} 个见日志",
    "{done} done, {failed} failed, {skipped} done before, {doubtful} doubtful": "完成 {done} 个，"
    "失败 {failed} 个，此前已完成 {skipped} 个，存疑 {doubtful} 个",
    "{ended} of {total}, {failed} failed": "{ended} / {total}，失败 {failed} 个",
}
