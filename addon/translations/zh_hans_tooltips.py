"""Simplified Chinese: tooltips."""

TOOLTIPS = {
    "A .safetensors file": "一个 .safetensors 文件",
    "A bottle": "一个瓶子",
    "A bowl": "一个碗",
    "A chair": "一把椅子",
    "A lamp": "一盏灯",
    "A mug": "一个马克杯",
    "A sofa": "一张沙发",
    "A table": "一张桌子",
    "A vase": "一个花瓶",
    "A wine glass": "一个酒杯",
    "A word about the job, or what its bar says": "关于任务的简短说明，或其进度条上的文字",
    "An Intel graphics card": "英特尔显卡",
    "An NVIDIA graphics card, or an AMD one under ROCm": "英伟达显卡，或使用 ROCm 的 AMD 显卡",
    "Another number gives other hypotheses after the first": "换一个数字会得到第一个之后的"
    "其他候选形状",
    "Another number gives another shape where the input leaves a choice": "在输入留有余地之处"
    "，换一个数字会得到另一个形状",
    "Anything may be where nothing is given": "未给出的地方可以有任何东西",
    "Catalog of the Asset Browser, as in Furniture/Chairs; made where there is none of that "
    "name. Empty: none": "资产浏览器的目录，例如“家具/椅子”；没有同名目录时会新建。留空则不指定",
    "Choose a model file that lies elsewhere": "选择位于别处的模型文件",
    "Choose a model file that lies elsewhere; it "
    "is read where it lies, and never changed": "选择位于别处的模型文件；只在原处读取，不会改动",
    "Choose pictures of one object, seen from any sides, and make a mesh of it at the 3D "
    "cursor": "选择同一物体任意角度的图片，在 3D 游标处生成网格",
    "Choose what the brush of the Image Editor does to the mask": "选择图像编辑器的笔刷对遮罩"
    "的作用",
    "Copy what an issue about this job "
    "should say: versions, settings, times, the log's end": "复制反馈此任务的问题时所需的内容"
    "：版本、设置、耗时和日志末尾",
    "Complete even a mesh of which nothing is missing, which comes back as it is otherwise; for "
    "some faces selected in Edit Mode this is taken for granted": "即使网格没有缺失也进行补全，否则"
    "会原样返回；在编辑模式下选中部分面时总是如此",
    "Corrections of the back's cut-out": "对背面抠图的修正",
    "Corrections of the first cut-out": "对第一张抠图的修正",
    "Corrections of the other picture's cut-out": "对其他图片抠图的修正",
    "Corrections of the side's cut-out": "对侧面抠图的修正",
    "Count holes, pieces and triangles of the mesh as it is now": "统计当前网格的孔洞、部分和"
    "三角面",
    "Cuts away so much of the picture at its bottom": "从图片底部裁去的比例",
    "Cuts away so much of the picture at its left": "从图片左侧裁去的比例",
    "Cuts away so much of the picture at its right": "从图片右侧裁去的比例",
    "Cuts away so much of the picture at its top": "从图片顶部裁去的比例",
    "Do the job again with the same input and settings, after those that wait": "以相同的输入"
    "和设置再次执行此任务，排在等待的任务之后",
    "Do what the sentence says, and the job again": "按提示处理，并再次执行任务",
    "Drops every piece but the largest": "只留下最大的部分，舍弃其余",
    "Edges between a face and one that is inside out": "正常的面与里外翻转的面之间的边",
    "Edges of more than two faces": "连接两个以上面的边",
    "Edges of one face, where the surface has a hole": "只属于一个面的边，表面在此处有孔洞",
    "Every given face stays as it is; the invented part is joined to it": "给出的每个面保持原"
    "样，补出的部分与之相连",
    "Every piece but the largest": "除最大部分之外的所有部分",
    "Give back the memory that the engine occupies; "
    "with a job running, once it has ended": "归还引擎占用的内存；若有任务在运行，则在其结束之后",
    "Go back to the picture that the cut-out "
    "was made from; the cut-out stays in the file": "换回抠图所用的原图片；抠图仍留在文件中",
    "Go into Edit Mode and select what is wrong with the mesh": "进入编辑模式并选中网格有问题"
    "的部分",
    "Highest number of triangles of the result; 0 keeps all": "结果的三角面数上限；0 表示全部保留",
    "How a partial mesh becomes whole": "如何把残缺的网格补全",
    "How a picture becomes a mesh": "如何由图片得到网格",
    "How a picture's cut-out is shown and corrected": "如何显示和修正图片的抠图",
    "How far off the given vertices "
    "are (standard deviation); 0 has it estimated": "给定顶点的偏差（标准差）；0 表示自动估计",
    "How far the job is": "任务的进度",
    "How many shapes to go on; back where negative": "前进多少个形状；负数表示后退",
    "Insert the finished result into the scene that is open": "把完成的结果插入当前打开的场景",
    "Length of the longest side of the result": "结果最长边的长度",
    "Look for models again, in the extension and "
    "in the folder for models of your own": "在扩展和您自己的模型文件夹中重新寻找模型",
    "Make a mesh of the object in the image that is shown": "由当前显示的图像中的物体生成网格",
    "Make a mesh of the object in the picture, standing at the 3D cursor": "由图片中的物体生"
    "成网格，立于 3D 游标处",
    "Make the whole shape that the selection "
    "is a part of; the original is hidden": "生成选中部分所属的完整形状；原物体会被隐藏",
    "More about it: warnings, or the end of a log": "更多信息：警告或日志末尾",
    "Move the waiting job up or down": "上移或下移等待中的任务",
    "Moves the outline outwards, or inwards where negative. Of a picture larger than 2048 "
    "pixels, the pixels of the reduced one count": "将轮廓向外移动，负数则向内。图片大于 "
    "2048 像素时，按缩小后的像素计算",
    "Name of a shipped model, or the path of a model file": "自带模型的名称，或模型文件的路径",
    "Names of the pictures in that folder": "该文件夹中图片的名称",
    "Number of shapes that fit what is given and differ elsewhere. The best is shown; the "
    "others are hidden at the same place": "与给定部分吻合而在别处不同的形状的数量。显示最好"
    "的一个，其余隐藏在同一位置",
    "Number of the job; 0 takes the active one": "任务编号；0 表示活动任务",
    "One new surface that passes through the given one; for noisy scans": "穿过给定表面的一个"
    "新表面；适用于有噪声的扫描",
    "One of the categories that the model was trained on": "模型训练时的类别之一",
    "One sentence about the job": "关于任务的一句话",
    "Open the folder for models of your "
    "own, which outlives an update of the extension": "打开存放您自己模型的文件夹，更新扩展时"
    "不会丢失",
    "Open the whole manual in a Text Editor": "在文本编辑器中打开完整手册",
    "Paint away what is not the object": "涂掉不属于物体的部分",
    "Paint back what belongs to the object": "涂回属于物体的部分",
    "Places to move by; up where negative": "移动的位数；负数表示上移",
    "Put the result into the Asset Browser, with "
    "a preview, tags, and how it was made": "把结果放入资产浏览器，附带预览、标签和生成方式",
    "Read the section of the manual": "阅读手册的这一节",
    "Recognised by the engine": "由引擎识别",
    "Samples along each side of the shape. Twice as many show finer detail and take about "
    "four times as long": "形状每条边上的采样数。加倍可得到更细的细节，耗时约为四倍",
    "Show another of the shapes that were found "
    "for the same part, and hide this one": "显示为同一部分找到的另一个形状，并隐藏当前这个",
    "Show what the engine would see of the "
    "picture: the object, cut out of its background": "显示引擎从图片中看到的内容：从背景中抠"
    "出的物体",
    "Shows folders": "显示文件夹",
    "Start the reconstruction at once": "立即开始重建",
    "Stop the job; the scene stays as it is": "停止任务；场景保持不变",
    "Take all jobs that have ended off the "
    "list; results that were kept stay in it": "从列表中移除所有已结束的任务；保留的结果仍在列表中",
    "Take pictures of one object, seen from any sides, and make a mesh of it": "取同一物体任"
    "意角度的图片，由此生成网格",
    "Take the cut-out as the picture, and paint on it in the Image Editor": "以抠图作为图片，"
    "并在图像编辑器中绘制",
    "Take the job off the list; one that is "
    "under way is cancelled, and a kept result is lost": "从列表中移除任务；进行中的任务会被"
    "取消，保留的结果会丢失",
    "The cut-out of the back view": "背面视图的抠图",
    "The cut-out of the first picture": "第一张图片的抠图",
    "The cut-out of the picture from elsewhere": "其他角度图片的抠图",
    "The cut-out of the side view": "侧面视图的抠图",
    "The fastest device that the worker's Python can use": "工作进程的 Python 可用的最快设备",
    "The fitted shape alone, made anew": "只要拟合出的形状，全部重新生成",
    "The graphics part of an Apple chip": "苹果芯片的图形部分",
    "The job that is looked at": "正在查看的任务",
    "The mesh stands upright (+Z); heading, place and size are found": "网格直立 (+Z)；朝向、"
    "位置和大小由引擎找出",
    "The mesh stands upright and its front faces -Y": "网格直立，正面朝向 -Y",
    "The object from anywhere else. Fill any of the four: all pictures count the same, and "
    "their order does not matter": "从其他角度看的物体。四个位置可任意填写：所有图片同等重要"
    "，顺序无关",
    "The object from behind. Fill any of the four: all pictures count the same, and their "
    "order does not matter": "从背面看的物体。四个位置可任意填写：所有图片同等重要，顺序无关",
    "The object from its side. Fill any of the four: all pictures count the same, and their "
    "order does not matter": "从侧面看的物体。四个位置可任意填写：所有图片同等重要，顺序无关",
    "The picture that shows the object: whole, alone, and best on a plain or transparent "
    "background": "显示物体的图片：完整、单独，最好是纯色或透明背景",
    "The picture's file. What a script does not give is taken from the panel": "图片文件。脚"
    "本未给出的内容取自面板",
    "The processor; works everywhere": "处理器；在任何机器上都可用",
    "The whole shape fills the cube of 1 m around the origin": "完整形状充满原点周围 1 米的立方体",
    "What Isoform cannot do": "Isoform 做不到的事",
    "What becomes of a job, and what you can do about it": "任务的结果，以及您可以做什么",
    "What becomes of the given surface": "如何处理给定的表面",
    "What could be seen past the given surface is empty": "越过给定表面能看到的地方是空的",
    "What is known of how the mesh stands": "关于网格如何摆放的已知信息",
    "What kind of object it is": "物体的种类",
    "What the badge of a result says, and what you can do about it": "结果标记的含义，以及您"
    "可以如何处理",
    "What the brush does": "笔刷的作用",
    "What the engine computes on": "引擎用来计算的设备",
    "What the engine has learned from; each "
    "model knows kinds of objects of its own": "引擎所学的内容；每个模型认识各自种类的物体",
    "What the engine is asked to do, in its order": "要求引擎执行的任务，按顺序排列",
    "What the model calls the category": "模型对该类别的称呼",
    "What the next completion is to be like": "下一次补全的设置",
    "What to read": "要阅读的内容",
    "What to select": "要选择的内容",
    "Where the job is on its way, or how it ended": "任务所处的状态或其结果",
    "Where the pictures are": "图片所在的位置",
    "Where the space is known to be empty": "已知为空的空间",
    "Whether a job is on its way": "是否有任务在进行",
    "Whether the last job failed": "上一个任务是否失败",
    "Whether the last job was a reconstruction or else": "上一个任务是重建还是其他",
    "Which files are shown": "显示哪些文件",
    "Which job it is": "是哪一个任务",
    "Which models there are, and how you train your own": "有哪些模型，以及如何训练您自己的模型",
    "Which picture's cut-out is shown": "显示哪张图片的抠图",
}
